import { choice, flag, INT_MAX, integer, text, wordList } from '../kinds.ts';

const later = 'replication';

/** Encrypted connections. */
export const tls = {
  'tls-port': integer(0, 65535, { default: '0', about: 'Port for TLS; 0 for none.' }),
  'tls-cert-file': text({ default: '', about: 'Certificate.' }),
  'tls-key-file': text({ default: '', about: 'Private key.' }),
  'tls-key-file-pass': text({ default: '', sensitive: true, about: 'Password of the private key.' }),
  'tls-client-cert-file': text({ default: '', later, about: 'Certificate for outgoing connections.' }),
  'tls-client-key-file': text({ default: '', later, about: 'Private key for outgoing connections.' }),
  'tls-client-key-file-pass': text({ default: '', sensitive: true, later, about: 'Password of that key.' }),
  'tls-dh-params-file': text({ default: '', about: 'Diffie-Hellman parameters.' }),
  'tls-ca-cert-file': text({ default: '', about: 'Authorities, one file.' }),
  'tls-ca-cert-dir': text({ default: '', about: 'Authorities, a folder.' }),
  'tls-auth-clients': choice(['no', 'yes', 'optional'], {
    default: 'yes',
    about: 'Ask clients for a certificate.',
  }),
  'tls-replication': flag({ default: 'no', later, about: 'TLS to the primary.' }),
  'tls-cluster': flag({ default: 'no', later: 'cluster', about: 'TLS on the cluster bus.' }),
  'tls-protocols': text({ default: '', about: 'Versions allowed.' }),
  'tls-ciphers': text({ default: '', about: 'Ciphers up to TLS 1.2.' }),
  'tls-ciphersuites': text({ default: '', about: 'Cipher suites of TLS 1.3.' }),
  'tls-prefer-server-ciphers': flag({ default: 'no', about: "The server's order of ciphers wins." }),
  'tls-session-caching': flag({ default: 'yes', about: 'Resume sessions.' }),
  'tls-session-cache-size': integer(0, INT_MAX, {
    default: '20480',
    later: 'not applicable',
    about: 'Sessions remembered; here clients keep them, as tickets.',
  }),
  'tls-session-cache-timeout': integer(0, INT_MAX, {
    default: '300',
    about: 'Seconds a session is remembered.',
  }),
  'tls-rotation': flag({ default: 'no', about: 'Reload certificates when their files change (KeyDB).' }),
  'tls-allowlist': wordList({ default: '', about: 'Names that clients may carry (KeyDB).' }),
  'tls-auditlog-blocklist': text({
    default: '',
    immutable: true,
    later: 'not applicable',
    about: 'Names left out of the audit log (KeyDB).',
  }),
} as const;
