/**
 * Returns a number in [0, 1) that depends only on its arguments.
 *
 * Each (operation, ticket, n-th request of both) has its own number, instead of the next one of a stream. So the n-th
 * request for a ticket gets the same fault in every run with the same seed, in whatever order requests arrive.
 */
export function seededChance(seed: number, purpose: string, subject: string, ordinal: number): number {
  // FNV-1a over the text, then the finalizer of MurmurHash3, whose output is even enough for probabilities.
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (const text of [purpose, "\u0000", subject]) {
    for (let index = 0; index < text.length; index += 1) {
      hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
    }
  }
  hash = finalize(finalize(hash ^ Math.imul(seed, 0x9e3779b1)) ^ Math.imul(ordinal, 0x85ebca6b));
  return hash / 0x1_0000_0000;
}

function finalize(value: number): number {
  let hash = value ^ (value >>> 16);
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
