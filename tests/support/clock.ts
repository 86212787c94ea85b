/** While it lives, `performance.now()` says what it is told to. */
export class StandingClock implements Disposable {
  now = performance.now();

  constructor() {
    performance.now = () => this.now;
  }

  [Symbol.dispose](): void {
    // Uncovers the one of the prototype.
    Reflect.deleteProperty(performance, "now");
  }
}
