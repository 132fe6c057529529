import type { AddressStyle } from "./s3-address.ts";

/** What was observed about the object storage of a ledger. */
export interface StorageFacts {
  /** Host and bucket. Facts of another storage, for example of one that the ledger was copied from, do not count. */
  storage: string;
  /** How requests name the bucket: at the start of the host's name or of the path. */
  address_style: AddressStyle;
  /** Of several writes with `If-None-Match: *`, only one succeeds. */
  creates_once: boolean;
  /** A write with `If-Match` succeeds only if the object has that version. */
  replaces_unchanged: boolean;
  /** A write whose content does not match its `Content-MD5` is rejected. */
  checks_content: boolean;
  /** How lists continue: with a token, after the last key, or with all entries in one response. */
  lists: "token" | "marker" | "whole";
}

/** A fact in words, for a screen. */
export interface StorageFactText {
  text: string;
  /** Only for what the storage lacks: what that means for a batch. */
  lack?: string;
}

/** Returns the facts in words, those that the storage lacks last. */
export function storageFactTexts(facts: StorageFacts): StorageFactText[] {
  const lists = {
    token: "lists continue with a token",
    marker: "lists continue after the last key",
    whole: "lists come whole",
  };
  const texts: StorageFactText[] = [
    {
      text:
        facts.address_style === "path" ? "addresses name the bucket in the path" : "addresses begin with the bucket",
    },
    { text: lists[facts.lists] },
  ];
  if (!facts.creates_once) {
    texts.push({
      text: "the storage has no conditional writes (If-None-Match)",
      lack: "each turn waits 3 s before it writes, so that no two workers have one lane",
    });
  }
  if (!facts.replaces_unchanged) {
    texts.push({
      text: "the storage does not compare versions at a write (If-Match)",
      lack: "an interrupted commit of a batch is taken over by a write that is checked afterwards",
    });
  }
  if (!facts.checks_content) {
    texts.push({
      text: "the storage does not check what it receives (Content-MD5)",
      lack: "a file that is damaged on its way is noticed when it is read, not when it is written",
    });
  }
  return texts;
}
