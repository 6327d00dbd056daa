/** Checks of the store itself: who leads, what was acknowledged, what a backup holds, what lies in another store. */
import fs from 'node:fs';
import https from 'node:https';
import path from 'node:path';
import { messageOf } from '../../../base/errors.ts';
import type { Verdict } from '../../../dashboard/model/lesson.ts';
import { snapshotStatus } from '../../../store/index.ts';
import { openRunningStore, type StoreAccess } from '../../store-access.ts';
import { lostWrites } from '../lesson-writer.ts';
import { momentsOf } from '../witness.ts';
import type {
  ElsewhereCheck,
  FaultCheck,
  LeaderChangedCheck,
  RestoredCheck,
  ServingCheck,
  SnapshotCheck,
  WritesKeptCheck,
  WritesRefusedCheck,
} from './check-spec.ts';
import type { Scene } from './scene.ts';
import { counted, missing, passed } from './verdict.ts';

export function judgeLeaderChanged({ moments }: Scene, { times }: LeaderChangedCheck): Verdict {
  const elected = momentsOf(moments, 'raft.role').filter(({ role }) => role === 'leader');
  const names = elected.map(({ member, term }) => `${member} (term ${term})`).join(', ');
  if (elected.length === times) {
    return times === 0
      ? passed('the leader is the same', 'leader không đổi')
      : passed(`elected since: ${names}`, `đã được bầu: ${names}`);
  }
  return missing(
    elected.length === 0
      ? 'nobody was elected since this step began'
      : `the leader changed ${counted(elected.length, 'time')}, not ${times}: ${names}`,
    elected.length === 0
      ? 'từ đầu bước này chưa ai được bầu'
      : `leader đã đổi ${elected.length} lần, không phải ${times}: ${names}`,
  );
}

export async function judgeWritesKept(scene: Scene, { acknowledged }: WritesKeptCheck): Promise<Verdict> {
  const writes = scene.writer?.since(scene.startedAtMs) ?? [];
  if (writes.length < acknowledged) {
    return missing(
      `${counted(writes.length, 'write')} were acknowledged since this step began; ${acknowledged} are needed to judge`,
      `từ đầu bước này có ${writes.length} lần ghi được xác nhận; cần ${acknowledged} để kết luận`,
    );
  }
  const lost = await lostWrites(scene.world.store, writes);
  return lost.length === 0
    ? passed(
        `all ${writes.length} acknowledged writes are in the store's history`,
        `cả ${writes.length} lần ghi đã xác nhận đều có trong lịch sử của kho`,
      )
    : missing(
        `lost: ${lost.map(({ number, revision }) => `${number} (revision ${revision})`).join(', ')}`,
        `bị mất: ${lost.map(({ number, revision }) => `${number} (revision ${revision})`).join(', ')}`,
      );
}

export function judgeWritesRefused({ writer }: Scene, { seconds }: WritesRefusedCheck): Verdict {
  const silentMs = writer?.silentMs() ?? 0;
  const shown = (silentMs / 1000).toFixed(1);
  return silentMs >= seconds * 1000
    ? passed(`no write was acknowledged for ${shown} s`, `không lần ghi nào được xác nhận suốt ${shown} s`)
    : missing(`a write was acknowledged ${shown} s ago`, `vừa có lần ghi được xác nhận cách đây ${shown} s`);
}

export function judgeFault({ moments }: Scene, { type, state, targets = 1 }: FaultCheck): Verdict {
  const told = momentsOf(moments, 'fault').filter(({ words }) => words.startsWith(type));
  const count = (phase: 'injected' | 'healed'): number => told.filter((moment) => moment.phase === phase).length;
  const wanted = state === 'struck' ? 'injected' : 'healed';
  const found = count(wanted);
  const words = told.filter(({ phase }) => phase === wanted).map((moment) => moment.words);
  if (found >= targets)
    return passed(
      `${words.join(', ')}: ${state}`,
      `${words.join(', ')}: ${state === 'struck' ? 'đã xảy ra' : 'đã chữa'}`,
    );
  return missing(
    `${counted(found, 'fault')} of type ${type} ${state} since this step began, not ${targets}`,
    `từ đầu bước này có ${found} lỗi loại ${type} ${state === 'struck' ? 'xảy ra' : 'được chữa'}, chưa đủ ${targets}`,
  );
}

export async function judgeSnapshot(scene: Scene, { file }: SnapshotCheck): Promise<Verdict> {
  const place = path.join(scene.folder, file);
  const stat = fs.statSync(place, { throwIfNoEntry: false });
  if (stat === undefined) return missing(`there is no file ${file} yet`, `chưa có tệp ${file}`);
  if (stat.mtimeMs < scene.startedAtWallMs) {
    return missing(`${file} is older than this step`, `${file} có từ trước bước này`);
  }
  try {
    const { revision, totalKeys } = await snapshotStatus(place);
    return passed(
      `${file} is whole: ${totalKeys} keys at revision ${revision}`,
      `${file} nguyên vẹn: ${totalKeys} khoá ở revision ${revision}`,
    );
  } catch (thrown) {
    return missing(messageOf(thrown), messageOf(thrown));
  }
}

const ANSWER_MS = 3_000;

export async function judgeElsewhere(scene: Scene, { endpoint, key }: ElsewhereCheck): Promise<Verdict> {
  return judgeOtherStore(scene, { dataDir: scene.world.dataDir, endpoints: [endpoint] }, key, endpoint);
}

export async function judgeRestored(scene: Scene, { directory, key }: RestoredCheck): Promise<Verdict> {
  return judgeOtherStore(scene, { dataDir: path.join(scene.folder, directory) }, key, directory);
}

/** Whether a store that is not the lesson's own, by its cluster id, has a key. */
async function judgeOtherStore({ world }: Scene, access: StoreAccess, key: string, name: string): Promise<Verdict> {
  let store: ReturnType<typeof openRunningStore> | undefined;
  try {
    store = openRunningStore(access);
    const signal = AbortSignal.timeout(ANSWER_MS);
    const [own, other] = await Promise.all([world.store.status(), store.range({ key, keysOnly: true }, { signal })]);
    if (own.header.clusterId === other.header.clusterId) {
      return missing(`${name} is the lesson's own store`, `${name} chính là kho của bài học`);
    }
    return other.kvs.length > 0
      ? passed(`${name} is another cluster, and has ${key}`, `${name} là một cụm khác, và có ${key}`)
      : missing(`${name} has no ${key} yet`, `${name} chưa có ${key}`);
  } catch (thrown) {
    const why = messageOf(thrown);
    return missing(`no store answers at ${name}: ${why}`, `không kho nào trả lời tại ${name}: ${why}`);
  } finally {
    await store?.close();
  }
}

export async function judgeServing(_scene: Scene, { url, ready }: ServingCheck): Promise<Verdict> {
  const code = await codeOfReadiness(url);
  const [en, vi] =
    code === undefined
      ? [`nobody answers at ${url}`, `không ai trả lời tại ${url}`]
      : [`${url} answers ${code}`, `${url} trả lời ${code}`];
  return (ready ? code === 200 : code === undefined) ? passed(en, vi) : missing(en, vi);
}

/** Only whether somebody is there is asked, so whose certificate it is does not matter. */
function codeOfReadiness(url: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const request = https.get(
      `${url}/readyz`,
      { rejectUnauthorized: false, timeout: ANSWER_MS, agent: false },
      (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      },
    );
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(undefined));
  });
}
