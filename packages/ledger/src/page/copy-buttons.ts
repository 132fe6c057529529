import type { PageText } from "./page-texts.ts";
import { say } from "./say.ts";

/** Shows the copy buttons and makes them work. Without a clipboard they stay hidden. */
export function enableCopyButtons(): void {
  if (navigator.clipboard === undefined) return;
  for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      navigator.clipboard.writeText(button.dataset["copy"] ?? "").then(
        () => showBriefly(button, "Copied"),
        () => showBriefly(button, "Not allowed"),
      );
    });
  }
}

function showBriefly(button: HTMLButtonElement, text: PageText): void {
  button.textContent = say(text);
  setTimeout(() => (button.textContent = say("Copy")), 2_000);
}
