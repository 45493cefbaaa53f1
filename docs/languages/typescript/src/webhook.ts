// The application: accepts a webhook only if it is signed.
import { createHmac, timingSafeEqual } from "node:crypto";

export function isSigned(body: string, signature: string, secret: string): boolean {
  const expected = createHmac("sha256", secret).update(body).digest();
  const given = Buffer.from(signature, "hex");
  return given.length === expected.length && timingSafeEqual(given, expected);
}
