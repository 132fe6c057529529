/** A tag for texts with values. */
export type TextTag = (parts: TemplateStringsArray, ...values: readonly (string | number)[]) => string;

/** Marks a text that stays English, for example for an event or a file. It may be translated where it is shown. */
export const english: TextTag = (parts, ...values) => String.raw({ raw: parts }, ...values);

/** The key of a template in a catalogue: its values are numbered from 0, as in `Batch {{0}} is safe.` */
export const templateKey = (parts: readonly string[]): string =>
  parts.reduce((key, part, at) => `${key}{{${at - 1}}}${part}`);
