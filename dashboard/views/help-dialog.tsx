/** The shortcuts. */
import { useApp, VIEWS } from '../parts/app.tsx';
import { Dialog } from '../parts/dialog.tsx';

export function HelpDialog({ close }: { close(): void }) {
  const { words } = useApp();
  const { help } = words;
  const rows: readonly (readonly [readonly string[], string])[] = [
    [['1', '–', String(VIEWS.length)], help.views],
    [['␣'], help.pause],
    [['←', '→'], help.step],
    [['⇧', '←', '→'], help.leap],
    [['End'], help.live],
    [['n'], help.create],
    [['t'], help.theme],
    [['l'], help.language],
    [['?'], help.help],
    [['Esc'], help.escape],
  ];
  return (
    <Dialog title={help.title} close={close}>
      <dl class="shortcuts">
        {rows.map(([keys, text]) => [
          <dt key={`${text} keys`}>
            {keys.map((key) => (
              <kbd key={key}>{key}</kbd>
            ))}
          </dt>,
          <dd key={text}>{text}</dd>,
        ])}
      </dl>
      <form method="dialog" class="actions">
        <button type="submit" class="button">
          {words.close}
        </button>
      </form>
    </Dialog>
  );
}
