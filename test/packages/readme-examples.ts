/** The TypeScript examples of a README, in order. */
export function examplesOf(readme: string): string[] {
  return [...readme.matchAll(/^```ts\n(.*?)^```/gms)].map(([, text = ""]) => text);
}

/** The simulator's values for the placeholders of the READMEs. */
const STAND_INS: Record<string, string> = {
  "the user token": "demo-token",
  "an IAM user": "demo",
  "its password": "demo-password",
  "its domain": "demo",
  "access key": "DEMOACCESSKEY",
  "secret key": "demo-secret-key",
};

/** Returns an example with the addresses of servers that run, and credentials that the simulator knows. */
export function adaptExample(example: string, { endpoint, temporal }: { endpoint: string; temporal: string }): string {
  let adapted = example
    .replaceAll(/"https:\/\/[\w.-]+"|SITES\.\w+\.\w+/g, JSON.stringify(endpoint))
    .replaceAll("Connection.connect()", `Connection.connect({ address: ${JSON.stringify(temporal)} })`);
  for (const [words, known] of Object.entries(STAND_INS))
    adapted = adapted.replaceAll(JSON.stringify(words), JSON.stringify(known));
  return adapted;
}
