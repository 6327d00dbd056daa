/** A text with `code` and **stress**, as lessons are written. Nothing else of it is taken for markup. */

export function Prose({ text }: { readonly text: string }) {
  return (
    <p class="prose">
      {text.split(/(`[^`]+`|\*\*[^*]+\*\*)/).map((part, at) => {
        const key = `${at} ${part}`;
        if (part.startsWith('`') && part.endsWith('`') && part.length > 2)
          return <code key={key}>{part.slice(1, -1)}</code>;
        if (part.startsWith('**') && part.endsWith('**') && part.length > 4)
          return <b key={key}>{part.slice(2, -2)}</b>;
        return part;
      })}
    </p>
  );
}
