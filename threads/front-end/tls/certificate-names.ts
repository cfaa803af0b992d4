import type { PeerCertificate } from 'node:tls';
import { matches } from '../../../protocol/conf/pattern.ts';

/**
 * The names that a certificate carries: common names, and of the alternative ones DNS, e-mail, IP address and URI, as KeyDB looks at them
 * for `tls-allowlist`.
 */
export function certificateNames(certificate: Pick<PeerCertificate, 'subject' | 'subjectaltname'>): string[] {
  // A subject may have several common names; the type of the interface knows of one.
  const common: unknown = certificate.subject?.CN;
  const names = Array.isArray(common) ? common.map(String) : common === undefined ? [] : [String(common)];
  for (const [, name] of alternativeNames(certificate.subjectaltname ?? '')) names.push(name);
  return names;
}

/** Whether one of the names matches one of the glob patterns; an empty list allows everybody. */
export function isAllowed(names: readonly string[], allowlist: readonly string[]): boolean {
  return allowlist.length === 0 || names.some((name) => allowlist.some((pattern) => matches(pattern, name, false)));
}

/** `DNS:a.example, IP Address:127.0.0.1, URI:x, email:y`; a name with a comma or a quote is a JSON string. */
function* alternativeNames(text: string): Iterable<[kind: string, name: string]> {
  const each = /(DNS|email|IP Address|URI):(?:("(?:[^"\\]|\\.)*")|([^,]*))(?:, |$)/g;
  for (const [, kind = '', quoted, plain = ''] of text.matchAll(each)) {
    yield [kind, quoted === undefined ? plain : unquote(quoted)];
  }
}

function unquote(text: string): string {
  const value: unknown = JSON.parse(text);
  return String(value);
}
