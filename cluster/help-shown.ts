/** Thrown after --help was printed: the command ends with 0. */
export class HelpShown extends Error {
  override readonly name = 'HelpShown';
}
