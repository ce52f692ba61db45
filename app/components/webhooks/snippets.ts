/** One delivery whose signature is right; the body is ASCII without line breaks. */
export interface Example {
  id: string;
  timestamp: string;
  signature: string;
  body: string;
}

interface Snippet {
  /** In the address. */
  id: string;
  language: string;
  /** How to run it, with the secret in the environment. */
  run: string;
  code(example: Example): string;
}

/** A text between double quotes, as JavaScript, Python, Go, Java and C# read it alike. */
const double = (text: string): string => JSON.stringify(text);
/** A text between single quotes, as Ruby and PHP read it alike. */
const single = (text: string): string => `'${text.replaceAll(/[\\']/g, "\\$&")}'`;

/**
 * Checks of the signature with nothing but the language's own library, each a whole program that checks the example it
 * holds. The body must be the raw bytes, never parsed JSON.
 */
export const snippets: readonly Snippet[] = [
  {
    id: "node",
    language: "Node",
    run: "node verify.mjs",
    code: ({ id, timestamp, signature, body }) => `import { createHmac, timingSafeEqual } from "node:crypto";

// Whether a delivery is from Patchbay. body: the raw bytes as they came.
function verify(secret, id, timestamp, signatures, body) {
  if (!/^\\d+$/.test(timestamp) || Math.abs(Date.now() / 1000 - Number(timestamp)) > 300) return false;
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const expected = Buffer.from("v1," + createHmac("sha256", key).update(\`\${id}.\${timestamp}.\`).update(body).digest("base64"));
  return signatures.split(" ").some((one) => {
    const given = Buffer.from(one);
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}

// A delivery of yours. In a receiver these are the headers webhook-id, webhook-timestamp, webhook-signature, and the body.
const id = ${double(id)};
const timestamp = ${double(timestamp)};
const signature = ${double(signature)};
const body = ${double(body)};

const right = verify(process.env.PATCHBAY_WEBHOOK_SECRET, id, timestamp, signature, body);
console.log(right ? "The signature is right." : "The signature is wrong.");
process.exitCode = right ? 0 : 1;`,
  },
  {
    id: "python",
    language: "Python",
    run: "python3 verify.py",
    code: ({ id, timestamp, signature, body }) => `import base64, hashlib, hmac, os, sys, time

# Whether a delivery is from Patchbay. body: the raw bytes as they came.
def verify(secret, id, timestamp, signatures, body):
    if not timestamp.isdigit() or abs(time.time() - int(timestamp)) > 300:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"{id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    expected = "v1," + base64.b64encode(digest).decode()
    return any(hmac.compare_digest(expected, one) for one in signatures.split())

# A delivery of yours. In a receiver these are the headers webhook-id, webhook-timestamp, webhook-signature, and the body.
id = ${double(id)}
timestamp = ${double(timestamp)}
signature = ${double(signature)}
body = ${double(body)}.encode()

right = verify(os.environ["PATCHBAY_WEBHOOK_SECRET"], id, timestamp, signature, body)
print("The signature is right." if right else "The signature is wrong.")
sys.exit(0 if right else 1)`,
  },
  {
    id: "go",
    language: "Go",
    run: "go run verify.go",
    code: ({ id, timestamp, signature, body }) => `package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// verify tells whether a delivery is from Patchbay. body: the raw bytes as they came.
func verify(secret, id, timestamp, signatures string, body []byte) bool {
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || time.Since(time.Unix(seconds, 0)).Abs() > 5*time.Minute {
		return false
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		return false
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + timestamp + "."))
	mac.Write(body)
	expected := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	for _, given := range strings.Fields(signatures) {
		if hmac.Equal([]byte(given), []byte(expected)) {
			return true
		}
	}
	return false
}

func main() {
	// A delivery of yours. In a receiver these are the headers webhook-id, webhook-timestamp, webhook-signature, and the body.
	id := ${double(id)}
	timestamp := ${double(timestamp)}
	signature := ${double(signature)}
	body := ${double(body)}

	if !verify(os.Getenv("PATCHBAY_WEBHOOK_SECRET"), id, timestamp, signature, []byte(body)) {
		fmt.Println("The signature is wrong.")
		os.Exit(1)
	}
	fmt.Println("The signature is right.")
}`,
  },
  {
    id: "ruby",
    language: "Ruby",
    run: "ruby verify.rb",
    code: ({ id, timestamp, signature, body }) => `require "openssl"

# Whether a delivery is from Patchbay. body: the raw bytes as they came.
def verify(secret, id, timestamp, signatures, body)
  return false unless timestamp.match?(/\\A\\d+\\z/) && (Time.now.to_i - timestamp.to_i).abs <= 300
  key = secret.delete_prefix("whsec_").unpack1("m")
  expected = "v1," + [OpenSSL::HMAC.digest("SHA256", key, "#{id}.#{timestamp}.#{body}")].pack("m0")
  signatures.split.any? do |one|
    one.bytesize == expected.bytesize && OpenSSL.fixed_length_secure_compare(one, expected)
  end
end

# A delivery of yours. In a receiver these are the headers webhook-id, webhook-timestamp, webhook-signature, and the body.
id = ${single(id)}
timestamp = ${single(timestamp)}
signature = ${single(signature)}
body = ${single(body)}

right = verify(ENV.fetch("PATCHBAY_WEBHOOK_SECRET"), id, timestamp, signature, body)
puts right ? "The signature is right." : "The signature is wrong."
exit(right)`,
  },
  {
    id: "php",
    language: "PHP",
    run: "php verify.php",
    code: ({ id, timestamp, signature, body }) => `<?php

// Whether a delivery is from Patchbay. $body: the raw bytes as they came, file_get_contents("php://input").
function verify(string $secret, string $id, string $timestamp, string $signatures, string $body): bool
{
    if (!ctype_digit($timestamp) || abs(time() - (int) $timestamp) > 300) {
        return false;
    }
    $key = base64_decode(preg_replace('/^whsec_/', '', $secret));
    $expected = 'v1,' . base64_encode(hash_hmac('sha256', "$id.$timestamp.$body", $key, true));
    foreach (explode(' ', $signatures) as $given) {
        if (hash_equals($expected, $given)) {
            return true;
        }
    }
    return false;
}

// A delivery of yours. In a receiver these are the headers webhook-id, webhook-timestamp, webhook-signature, and the body.
$id = ${single(id)};
$timestamp = ${single(timestamp)};
$signature = ${single(signature)};
$body = ${single(body)};

$right = verify(getenv('PATCHBAY_WEBHOOK_SECRET'), $id, $timestamp, $signature, $body);
echo $right ? "The signature is right.\\n" : "The signature is wrong.\\n";
exit($right ? 0 : 1);`,
  },
  {
    id: "java",
    language: "Java",
    run: "java Verify.java",
    code: ({ id, timestamp, signature, body }) => `import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

public class Verify {
    /** Whether a delivery is from Patchbay. body: the raw bytes as they came. */
    static boolean verify(String secret, String id, String timestamp, String signatures, byte[] body) throws Exception {
        if (!timestamp.matches("[0-9]{1,12}")) return false;
        if (Math.abs(Instant.now().getEpochSecond() - Long.parseLong(timestamp)) > 300) return false;
        byte[] key = Base64.getDecoder().decode(secret.replaceFirst("^whsec_", ""));
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        mac.update((id + "." + timestamp + ".").getBytes(StandardCharsets.UTF_8));
        String expected = "v1," + Base64.getEncoder().encodeToString(mac.doFinal(body));
        boolean right = false;
        for (String given : signatures.split(" ")) {
            right |= MessageDigest.isEqual(given.getBytes(StandardCharsets.UTF_8), expected.getBytes(StandardCharsets.UTF_8));
        }
        return right;
    }

    public static void main(String[] arguments) throws Exception {
        // A delivery of yours. In a receiver these are the headers webhook-id, webhook-timestamp, webhook-signature, and the body.
        String id = ${double(id)};
        String timestamp = ${double(timestamp)};
        String signature = ${double(signature)};
        String body = ${double(body)};

        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        boolean right = verify(System.getenv("PATCHBAY_WEBHOOK_SECRET"), id, timestamp, signature, bytes);
        System.out.println(right ? "The signature is right." : "The signature is wrong.");
        System.exit(right ? 0 : 1);
    }
}`,
  },
  {
    id: "csharp",
    language: "C#",
    run: "dotnet run",
    code: ({ id, timestamp, signature, body }) => `using System.Security.Cryptography;
using System.Text;

// A delivery of yours. In a receiver these are the headers webhook-id, webhook-timestamp, webhook-signature, and the body.
var id = ${double(id)};
var timestamp = ${double(timestamp)};
var signature = ${double(signature)};
var body = ${double(body)};

var secret = Environment.GetEnvironmentVariable("PATCHBAY_WEBHOOK_SECRET") ?? "";
var right = Verify(secret, id, timestamp, signature, Encoding.UTF8.GetBytes(body));
Console.WriteLine(right ? "The signature is right." : "The signature is wrong.");
return right ? 0 : 1;

// Whether a delivery is from Patchbay. body: the raw bytes as they came.
static bool Verify(string secret, string id, string timestamp, string signatures, byte[] body)
{
    if (!long.TryParse(timestamp, out var seconds)) return false;
    if (Math.Abs(DateTimeOffset.UtcNow.ToUnixTimeSeconds() - seconds) > 300) return false;
    var key = Convert.FromBase64String(secret.StartsWith("whsec_") ? secret[6..] : secret);
    byte[] signed = [.. Encoding.UTF8.GetBytes($"{id}.{timestamp}."), .. body];
    var expected = Encoding.UTF8.GetBytes("v1," + Convert.ToBase64String(HMACSHA256.HashData(key, signed)));
    return signatures.Split(' ').Any(given => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), expected));
}`,
  },
];
