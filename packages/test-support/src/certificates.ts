import { generate } from "selfsigned";

const DAY_MS = 86_400_000;

/** A certificate and its private key, in PEM. */
export interface CertificatePair {
  cert: string;
  key: string;
}

/** An authority that issues certificates for tests. */
export interface Authority extends CertificatePair {
  /** Issues a certificate for this machine and for the name `temporal.test`. @param days of validity; below 0: it has expired */
  issue(name: string, days?: number): Promise<CertificatePair>;
}

export async function createAuthority(name: string): Promise<Authority> {
  const ca = await create(name, {
    notAfterDate: daysFromNow(10),
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  return {
    ...ca,
    issue: (subject, days = 5) =>
      create(subject, {
        notBeforeDate: daysFromNow(Math.min(0, days) - 2),
        notAfterDate: daysFromNow(days),
        ca,
        extensions: [
          { name: "basicConstraints", cA: false },
          { name: "keyUsage", digitalSignature: true, critical: true },
          { name: "extKeyUsage", serverAuth: true, clientAuth: true },
          {
            name: "subjectAltName",
            altNames: [
              { type: 2, value: "localhost" },
              { type: 2, value: "temporal.test" },
              { type: 7, ip: "127.0.0.1" },
            ],
          },
        ],
      }),
  };
}

async function create(commonName: string, options: Parameters<typeof generate>[1]): Promise<CertificatePair> {
  const { private: key, cert } = await generate([{ name: "commonName", value: commonName }], {
    keyType: "ec",
    algorithm: "sha256",
    ...options,
  });
  return { cert, key };
}

const daysFromNow = (days: number): Date => new Date(Date.now() + days * DAY_MS);
