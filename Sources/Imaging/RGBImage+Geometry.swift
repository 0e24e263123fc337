import Core

extension RGBImage {
    /// Turns and mirrors a picture that has the EXIF `orientation` (1…8) so that it stands upright.
    func upright(from orientation: Int) -> RGBImage {
        guard (2...8).contains(orientation) else { return self }
        let isSideways = orientation >= 5
        let newWidth = isSideways ? height : width
        let newHeight = isSideways ? width : height
        return rearranged(width: newWidth, height: newHeight) { x, y in
            switch orientation {
            case 2: (width - 1 - x, y)
            case 3: (width - 1 - x, height - 1 - y)
            case 4: (x, height - 1 - y)
            case 5: (y, x)
            case 6: (y, height - 1 - x)
            case 7: (width - 1 - y, height - 1 - x)
            default: (width - 1 - y, x)
            }
        }
    }

    /// Makes every pixel a square of `factor` x `factor` pixels.
    func enlarged(by factor: Int) -> RGBImage {
        guard factor > 1 else { return self }
        let newWidth = width * factor
        let rowLength = newWidth * 3
        let result = [UInt8](unsafeUninitializedCapacity: rowLength * height * factor) { buffer, count in
            for y in 0..<height {
                let first = y * factor * rowLength
                var write = first
                for x in 0..<width {
                    let from = (y * width + x) * 3
                    let (red, green, blue) = (pixels[from], pixels[from + 1], pixels[from + 2])
                    for _ in 0..<factor {
                        buffer[write] = red
                        buffer[write + 1] = green
                        buffer[write + 2] = blue
                        write += 3
                    }
                }
                let row = UnsafeBufferPointer(rebasing: buffer[first..<write])
                for copy in 1..<factor {
                    let place = first + copy * rowLength
                    _ = UnsafeMutableBufferPointer(rebasing: buffer[place..<(place + rowLength)]).update(from: row)
                }
            }
            count = buffer.count
        }
        return RGBImage(width: newWidth, height: height * factor, pixels: result)
    }

    /// Undoes ``enlarged(by:)``: one pixel from the centre of each square.
    func reduced(by factor: Int) -> RGBImage {
        guard factor > 1, width >= factor, height >= factor else { return self }
        return rearranged(width: width / factor, height: height / factor) { x, y in
            (x * factor + factor / 2, y * factor + factor / 2)
        }
    }

    /// A picture whose pixel (x, y) is the pixel `place(x, y)` of this one.
    private func rearranged(
        width newWidth: Int, height newHeight: Int, _ place: (_ x: Int, _ y: Int) -> (x: Int, y: Int)
    ) -> RGBImage {
        var result: [UInt8] = []
        result.reserveCapacity(newWidth * newHeight * 3)
        for y in 0..<newHeight {
            for x in 0..<newWidth {
                let (sourceX, sourceY) = place(x, y)
                let from = (sourceY * width + sourceX) * 3
                result.append(pixels[from])
                result.append(pixels[from + 1])
                result.append(pixels[from + 2])
            }
        }
        return RGBImage(width: newWidth, height: newHeight, pixels: result)
    }
}
