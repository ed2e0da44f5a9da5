// SPDX-License-Identifier: Apache-2.0

/// What the parts of the request path cost each by itself, in nanoseconds:
///
///     swift run --configuration release parts [NAME]…      those whose names contain one of these; default: all
///
/// `parts NAME COUNT` runs one part so many times and no more, for a program that counts instructions: the difference of
/// two runs is what the additional calls have cost.
@main
enum Main {
    static func main() {
        var arguments = Array(CommandLine.arguments.dropFirst())
        let count = arguments.last.flatMap { Int($0) }
        if count != nil { arguments.removeLast() }
        let parts = (requestPathParts() + balancingParts()).filter { part in
            arguments.isEmpty || arguments.contains { part.name == $0 || (count == nil && part.name.contains($0)) }
        }
        if parts.isEmpty { print("parts: no part has such a name; without a name all are run") }
        for part in parts {
            if let count {
                part.make()(count)
            } else {
                print(
                    part.name + String(repeating: " ", count: max(1, 48 - part.name.count)) + "\(nanoseconds(part)) ns"
                )
            }
        }
    }

    /// The least of several rounds: what the part costs when nothing else disturbs it.
    private static func nanoseconds(_ part: Part) -> Double {
        let clock = ContinuousClock()
        let run = part.make()
        var calls = 100
        var least = Double.infinity
        for _ in 0..<12 {
            let time = clock.measure { run(calls) }
            let nanoseconds = Double(time.components.attoseconds) / 1e9 + Double(time.components.seconds) * 1e9
            least = min(least, nanoseconds / Double(calls))
            // Rounds of some 20 ms: long beside a clock's tick, short beside a time slice.
            calls = max(100, Int(20e6 / least))
        }
        return (least * 10).rounded() / 10
    }
}

/// Something that is done for a request.
struct Part {
    let name: String
    /// Makes ready for it and gives what does it so many times.
    let make: () -> (Int) -> Void
}
