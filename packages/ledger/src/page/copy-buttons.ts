/** Makes the copy buttons work; without a clipboard they stay hidden. */
export function enableCopyButtons(): void {
  if (navigator.clipboard === undefined) return;
  for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      navigator.clipboard.writeText(button.dataset["copy"] ?? "").then(
        () => say(button, "Copied"),
        () => say(button, "Not allowed"),
      );
    });
  }
}

function say(button: HTMLButtonElement, text: string): void {
  button.textContent = text;
  setTimeout(() => (button.textContent = "Copy"), 2_000);
}
