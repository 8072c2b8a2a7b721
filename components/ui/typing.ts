/** Is someone writing? Then letters are letters. */
export function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

/** Is a sheet, a dialog or the palette open over the page? Then keys are for that. */
export function isDialogOpen(): boolean {
  return document.querySelector('[role="dialog"]') !== null;
}

/** A key that stands for itself alone: no modifier is held, nobody writes, and no dialog is open over the page. */
export function isShortcut(event: KeyboardEvent): boolean {
  return (
    !event.metaKey &&
    !event.ctrlKey &&
    !event.altKey &&
    !event.defaultPrevented &&
    !isTyping(event.target) &&
    !isDialogOpen()
  );
}
