/** The upstream reports an error within its stream. */
export class StreamFailure extends Error {
  constructor() {
    super('The upstream reported an error in its stream.');
    this.name = 'StreamFailure';
  }
}
