import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from './programs.ts';

/** Paths of a certificate and its key, PEM. */
export interface Pair {
  readonly cert: string;
  readonly key: string;
}

/** Why certificates cannot be made here, for `test(..., { skip })`; false when they can. */
export const noOpenssl: string | false =
  findProgram('openssl') === undefined && 'openssl is not installed: Node can read certificates but not sign them';

/** A certificate authority of one test's own, in one folder. Keys are of P-256: RSA takes long to make. */
export class Authority {
  /** The authority's own certificate. */
  readonly cert: string;
  private readonly key: string;
  private readonly dir: string;

  constructor(dir: string, name = 'ca') {
    this.dir = dir;
    this.cert = join(dir, `${name}.crt`);
    this.key = join(dir, `${name}.key`);
    openssl(['req', '-x509', ...newKey(this.key), '-out', this.cert, '-days', '2', '-subj', `/CN=${name}`]);
  }

  /** @param alternatives such as `DNS:localhost,IP:127.0.0.1`  @param password of the key file */
  issue(name: string, alternatives: string, password?: string): Pair {
    const cert = join(this.dir, `${name}.crt`);
    const key = join(this.dir, `${name}.key`);
    const request = join(this.dir, `${name}.csr`);
    const extensions = join(this.dir, `${name}.ext`);
    const subject = name.replace(/#.*/, '');
    openssl(['req', '-new', ...newKey(key, password), '-out', request, '-subj', `/CN=${subject}`]);
    writeFileSync(extensions, `subjectAltName=${alternatives}\n`);
    const signer = ['-CA', this.cert, '-CAkey', this.key, '-CAcreateserial'];
    openssl(['x509', '-req', '-in', request, ...signer, '-out', cert, '-days', '2', '-extfile', extensions]);
    return { cert, key };
  }
}

function newKey(path: string, password?: string): string[] {
  const secret = password === undefined ? ['-nodes'] : ['-passout', `pass:${password}`];
  return ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', ...secret, '-keyout', path];
}

function openssl(args: readonly string[]): void {
  execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'], timeout: 60_000 });
}
