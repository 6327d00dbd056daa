/** Creates a deployment, and leads to the view of its request when asked to. */
import { useState } from 'preact/hooks';
import { createDeployment } from '../live/kubernetes.ts';
import { useApp } from '../parts/app.tsx';
import { Dialog } from '../parts/dialog.tsx';

export function CreateDialog({ close }: { close(): void }) {
  const { words, attempt, say, follow } = useApp();
  const [name, setName] = useState('web');
  const [image, setImage] = useState('nginx');
  const [replicas, setReplicas] = useState('3');
  const create = async (andFollow: boolean): Promise<void> => {
    const wanted = { namespace: 'default', name, image, replicas: Number(replicas) };
    if (!(await attempt(words.deployment.title, () => createDeployment(wanted)))) return;
    close();
    if (andFollow) follow({ resource: 'deployments.apps', namespace: 'default', name });
    else say(words.deployment.taken(name));
  };
  return (
    <Dialog title={words.deployment.title} close={close}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void create(false);
        }}
      >
        <label>
          {words.deployment.name}
          <input name="name" required value={name} onInput={({ currentTarget }) => setName(currentTarget.value)} />
        </label>
        <label>
          {words.deployment.image}
          <input name="image" required value={image} onInput={({ currentTarget }) => setImage(currentTarget.value)} />
        </label>
        <label>
          {words.deployment.replicas}
          <input
            name="replicas"
            type="number"
            min="0"
            max="1000"
            required
            value={replicas}
            onInput={({ currentTarget }) => setReplicas(currentTarget.value)}
          />
        </label>
        <div class="actions">
          <button type="button" class="button" onClick={close}>
            {words.cancel}
          </button>
          <button type="button" class="button" onClick={() => void create(true)}>
            {words.request.tryIt}
          </button>
          <button type="submit" class="button main-action">
            {words.create}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
