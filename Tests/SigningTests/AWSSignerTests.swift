// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Signing

/// Requests of AWS's own test suite for Signature Version 4, which no longer can be had from AWS; what it expected, and what
/// botocore 1.29.27 makes of them (`SigV4Auth`, with the clock set), is the same. `encoded` is botocore's alone.
@Suite struct AWSSignerTests {
    struct Example: CustomTestStringConvertible, Sendable {
        let name: String
        var method = "GET"
        var target = "/"
        var fields: [(String, String)] = []
        var body = ""
        let signature: String
        var testDescription: String { name }
    }

    private let signer = AWSSigner(
        accessKey: "AKIDEXAMPLE",
        secretKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
        region: "us-east-1",
        service: "service"
    )

    static let unreserved = "-._~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    static let examples = [
        Example(
            name: "get-vanilla",
            signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
        ),
        Example(
            name: "get-vanilla-query-order-key-case",
            target: "/?Param2=value2&Param1=value1",
            signature: "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"
        ),
        Example(
            name: "get-vanilla-query-order-value",
            target: "/?Param1=value2&Param1=value1",
            signature: "5772eed61e12b33fae39ee5e7012498b51d56abc0abb7c60486157bd471c4694"
        ),
        Example(
            name: "get-unreserved",
            target: "/\(unreserved)",
            // The suite expects the characters in another order than this; the value is botocore's.
            signature: "98964e1079ce472101899439653197a4f6e602f30cd6aaf6c76d81b4fd9866fe"
        ),
        Example(
            name: "get-space",
            target: "/example space/",
            signature: "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741"
        ),
        Example(
            name: "get-slashes",
            target: "//example//",
            signature: "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84"
        ),
        Example(
            name: "get-relative-relative",
            target: "/example1/example2/../..",
            signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
        ),
        Example(
            name: "get-slash-pointless-dot",
            target: "/./example",
            signature: "ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5"
        ),
        Example(
            name: "get-header-value-trim",
            fields: [("my-header1", " value1"), ("my-header2", " \"a   b   c\"")],
            signature: "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"
        ),
        Example(
            name: "get-header-key-duplicate",
            fields: [("my-header1", "value2"), ("my-header1", "value2"), ("my-header1", "value1")],
            signature: "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea"
        ),
        Example(
            name: "post-vanilla",
            method: "POST",
            signature: "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"
        ),
        Example(
            name: "post-x-www-form-urlencoded",
            method: "POST",
            fields: [("content-type", "application/x-www-form-urlencoded")],
            body: "Param1=value1",
            signature: "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"
        ),
        Example(
            name: "encoded",
            target: "/a%20b?x=%2F%20&y",
            signature: "fdc9d5802140a71dbd9fb54e6be1605d4a81364084fc279b1de10060969eda6e"
        ),
    ]

    @Test(arguments: examples) func signatureIsThatOfTheSuite(example: Example) throws {
        let time = "20150830T123600Z"
        let fields = [("host", "example.amazonaws.com")] + example.fields + [("x-amz-date", time)]
        let value = try authorization(signer, "\(example.method) \(example.target)", fields, example.body, time)
        let names = Set(fields.map(\.0)).sorted().joined(separator: ";")
        #expect(
            value == "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
                + "SignedHeaders=\(names), Signature=\(example.signature)"
        )
    }

    /// The examples of "Authenticating Requests: Using the Authorization Header" in the Amazon S3 API Reference.
    @Test func pathsOfS3AreSignedAsTheyAre() throws {
        let signer = AWSSigner(
            accessKey: "AKIAIOSFODNN7EXAMPLE",
            secretKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            region: "us-east-1",
            service: "s3"
        )
        let time = "20130524T000000Z"
        let host = ("host", "examplebucket.s3.amazonaws.com")
        let nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        let common = [host, ("x-amz-date", time)]
        let get = try authorization(
            signer,
            "GET /test.txt",
            common + [("range", "bytes=0-9"), ("x-amz-content-sha256", nothing)],
            "",
            time
        )
        #expect(get.hasSuffix("=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"))
        let hash = "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"
        let more = [
            ("date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-content-sha256", hash),
            ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
        ]
        for path in ["/test$file.text", "/test%24file.text"] {
            let put = try authorization(signer, "PUT \(path)", common + more, "Welcome to Amazon S3.", time)
            #expect(put.hasSuffix("=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"))
        }
        let list = try authorization(
            signer,
            "GET /?max-keys=2&prefix=J",
            common + [("x-amz-content-sha256", nothing)],
            "",
            time
        )
        #expect(list.hasSuffix("=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"))
    }

    private func authorization(
        _ signer: AWSSigner,
        _ line: String,
        _ fields: [(String, String)],
        _ body: String,
        _ time: String
    ) throws -> String {
        let bytes = Array(body.utf8)
        let hash = Digest.hex(of: bytes.span)
        let request = CanonicalRequest(
            method: Array(line.utf8.prefix { $0 != 0x20 }),
            target: Array(line.utf8.drop { $0 != 0x20 }.dropFirst()),
            fields: fields.map { .init(name: Array($0.0.utf8), value: Array($0.1.utf8)) },
            payloadHash: try #require(hash)
        )
        let value = try #require(signer.authorization(for: request, at: Array(time.utf8)))
        return String(decoding: value, as: UTF8.self)
    }
}
