import Testing

@testable import Fetching

struct EgressGuardTests {
    @Test(arguments: [
        "127.0.0.1", "127.255.255.255", "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.127.255.255",
        "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.168.1.1", "192.0.0.8", "192.0.2.1", "198.18.0.1",
        "198.19.255.255", "203.0.113.9", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "::", "::1",
        "::ffff:8.8.8.8", "::ffff:127.0.0.1", "::127.0.0.1", "64:ff9b::a00:1", "64:ff9b:1::1", "100::1", "fc00::1",
        "fd12:3456::1", "fe80::1", "fec0::1", "ff02::1", "2001::1", "2001:db8::1", "2002:7f00:1::", "3fff::1",
        "4000::1",
    ])
    func `addresses inside are refused`(text: String) throws {
        let address = try #require(IPAddress(text))
        #expect(!EgressGuard().permits(address))
    }

    @Test(arguments: [
        "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
        "128.0.0.1", "169.253.255.255", "172.15.255.255", "172.32.0.0", "192.167.1.1", "198.20.0.0",
        "223.255.255.255", "2606:4700:4700::1111", "2001:4860:4860::8888", "2a00:1450::1",
    ])
    func `addresses of the world are let through`(text: String) throws {
        #expect(EgressGuard().permits(try #require(IPAddress(text))))
    }

    @Test(arguments: [
        ("127.0.0.1", true), ("::1", true), ("10.1.2.3", true), ("192.168.0.9", true), ("172.20.0.1", true),
        ("100.64.0.1", true), ("fd00::1", true), ("8.8.8.8", true), ("169.254.169.254", false), ("fe80::1", false),
        ("224.0.0.1", false), ("0.0.0.0", false), ("::ffff:127.0.0.1", false), ("::ffff:169.254.169.254", false),
    ])
    func `allowing private hosts opens private networks only`(text: String, isPermitted: Bool) throws {
        #expect(EgressGuard(allowPrivateHosts: true).permits(try #require(IPAddress(text))) == isPermitted)
    }

    @Test func `what is no address is none`() {
        for text in ["", "localhost", "1.2.3", "1.2.3.4.5", "::g"] { #expect(IPAddress(text) == nil) }
        #expect(IPAddress(bytes: [1, 2, 3]) == nil)
    }
}
