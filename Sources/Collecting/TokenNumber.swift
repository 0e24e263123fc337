/// Token numbers: 256-bit integers, written in decimal or in hexadecimal.
enum TokenNumber {
    /// The canonical decimal form of up to 78 digits; nil for anything else.
    static func decimal(_ text: some StringProtocol) -> String? {
        if text.hasPrefix("0x") || text.hasPrefix("0X") { return fromHex(text.dropFirst(2)) }
        guard !text.isEmpty, text.utf8.count <= 200, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        let digits = text.drop { $0 == "0" }
        return digits.count > 78 ? nil : digits.isEmpty ? "0" : String(digits)
    }

    /// 64 lower-case hexadecimal digits without prefix, as `{id}` in an ERC-1155 URI wants them.
    static func paddedHex(decimal: String) -> String? {
        guard let limbs = limbs(decimal: decimal) else { return nil }
        let text = limbs.reversed().map { limb in
            let hex = String(limb, radix: 16)
            return String(repeating: "0", count: 8 - hex.count) + hex
        }.joined()
        let digits = text.drop { $0 == "0" }
        return digits.count > 64 ? nil : String(repeating: "0", count: 64 - digits.count) + digits
    }

    private static func fromHex(_ text: some StringProtocol) -> String? {
        guard !text.isEmpty, text.utf8.count <= 200, text.allSatisfy({ $0.isHexDigit && $0.isASCII }) else {
            return nil
        }
        let digits = text.drop { $0 == "0" }
        guard digits.count <= 64 else { return nil }
        // Nine decimal digits a limb, the lowest first.
        var limbs: [UInt64] = [0]
        for digit in digits {
            var carry = UInt64(digit.hexDigitValue ?? 0)
            for index in limbs.indices {
                let product = limbs[index] * 16 + carry
                limbs[index] = product % 1_000_000_000
                carry = product / 1_000_000_000
            }
            if carry > 0 { limbs.append(carry) }
        }
        let text = limbs.reversed().map { limb in
            let digits = String(limb)
            return String(repeating: "0", count: 9 - digits.count) + digits
        }.joined()
        return decimal(text)
    }

    /// 32 bits a limb, the lowest first.
    private static func limbs(decimal: String) -> [UInt64]? {
        var limbs: [UInt64] = [0]
        for digit in decimal {
            guard digit.isASCII, let value = digit.wholeNumberValue else { return nil }
            var carry = UInt64(value)
            for index in limbs.indices {
                let product = limbs[index] * 10 + carry
                limbs[index] = product & 0xFFFF_FFFF
                carry = product >> 32
            }
            if carry > 0 { limbs.append(carry) }
        }
        return limbs
    }
}
