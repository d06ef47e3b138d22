/** What is thrown where something has been begun that is not done yet: the operation rests until somebody takes it up again. */
export class Later extends Error {
  override name = 'Later';
  /** In so many milliseconds at the latest; without it only when it is told. */
  readonly millis: number | undefined;

  constructor(millis?: number) {
    super('not done yet');
    this.millis = millis;
  }
}
