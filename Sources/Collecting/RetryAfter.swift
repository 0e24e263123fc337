/// The two forms of `Retry-After` (RFC 9110, section 10.2.3): seconds, and a date (section 5.6.7).
enum RetryAfter {
    /// Longer waits are not believed.
    static let longest: Duration = .seconds(600)

    /// How long to wait; nil when the value is neither form.
    ///
    /// `now` is in seconds since 1970.
    static func wait(_ value: String, now: Int) -> Duration? {
        let text = value.trimmed
        if let seconds = Int(text), seconds >= 0 { return min(.seconds(seconds), longest) }
        guard let date = seconds(date: text) else { return nil }
        return min(.seconds(max(0, date - now)), longest)
    }

    private static let months = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ]

    /// Seconds since 1970 of `Sun, 06 Nov 1994 08:49:37 GMT`; of the obsolete forms none is read.
    private static func seconds(date text: String) -> Int? {
        let parts = text.split(separator: " ")
        guard parts.count == 6, parts[5] == "GMT", let day = Int(parts[1]), let year = Int(parts[3]),
            let month = months.firstIndex(of: parts[2].lowercased()), (1...31).contains(day),
            (1970...9999).contains(year)
        else { return nil }
        let time = parts[4].split(separator: ":").compactMap { Int($0) }
        guard time.count == 3, (0...23).contains(time[0]), (0...59).contains(time[1]), (0...60).contains(time[2])
        else { return nil }
        return days(year: year, month: month + 1, day: day) * 86_400 + time[0] * 3600 + time[1] * 60 + time[2]
    }

    /// Days since 1970 in the Gregorian calendar, counted in years that begin in March.
    private static func days(year: Int, month: Int, day: Int) -> Int {
        let shifted = month > 2 ? year : year - 1
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
