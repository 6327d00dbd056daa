/** Checks of single objects: what they hold, how often they changed, how requests for them were answered. */
import type { ApiObject } from '../../../controllers/runtime/client.ts';
import type { Verdict } from '../../../dashboard/model/lesson.ts';
import { fieldOf, storedAt } from '../stored-objects.ts';
import { momentsOf, revisionsOf } from '../witness.ts';
import type { ChangedCheck, RequestCheck, ValueCheck, WatchedCheck } from './check-spec.ts';
import type { Scene } from './scene.ts';
import { counted, missing, passed } from './verdict.ts';

export async function judgeValue({ world }: Scene, { key, path, equals, gone }: ValueCheck): Promise<Verdict> {
  const object = await storedAt<ApiObject>(world.store, key);
  if (gone === true) {
    return object === undefined
      ? passed(`${key} is gone`, `${key} đã biến mất`)
      : missing(`${key} is still there`, `${key} vẫn còn đó`);
  }
  if (object === undefined) return missing(`the store has no key ${key}`, `kho chưa có khoá ${key}`);
  if (path === undefined) return passed(`the store has ${key}`, `kho có ${key}`);
  const found = fieldOf(object, path);
  const seen = found === undefined ? ['nothing', 'không có gì'] : [`"${found}"`, `"${found}"`];
  return found !== undefined && (equals === undefined || found === equals)
    ? passed(`${path} of ${key} is ${seen[0]}`, `${path} của ${key} là ${seen[1]}`)
    : missing(
        `${path} of ${key} is ${seen[0]}${equals === undefined ? '' : `, not "${equals}"`}`,
        `${path} của ${key} là ${seen[1]}${equals === undefined ? '' : `, chưa phải "${equals}"`}`,
      );
}

export function judgeChanged({ moments }: Scene, { key, times }: ChangedCheck): Verdict {
  const revisions = revisionsOf(moments, key);
  const shown = revisions.join(', ');
  return revisions.length >= times
    ? passed(`${key} changed at revision ${shown}`, `${key} đã thay đổi ở revision ${shown}`)
    : missing(
        `${key} was written ${counted(revisions.length, 'time')} since this step began, not ${times}`,
        `từ đầu bước này ${key} được ghi ${revisions.length} lần, chưa đủ ${times}`,
      );
}

export function judgeRequest({ moments }: Scene, { verb, resource, name, code }: RequestCheck): Verdict {
  const asked = momentsOf(moments, 'api.request').filter(
    (moment) =>
      moment.verb === verb &&
      moment.resource.split('.')[0] === resource &&
      (name === undefined || moment.name === name) &&
      !moment.user.startsWith('system:'),
  );
  const what = `${verb} ${resource}${name === undefined ? '' : `/${name}`}`;
  if (asked.some((moment) => moment.code === code)) {
    return passed(`${what} was answered with ${code}`, `${what} được trả lời bằng mã ${code}`);
  }
  const codes = [...new Set(asked.map((moment) => moment.code))].join(', ');
  return codes === ''
    ? missing(`nobody asked for ${what} yet`, `chưa ai yêu cầu ${what}`)
    : missing(
        `${what} was answered with ${codes}, not ${code}`,
        `${what} được trả lời bằng ${codes}, chưa phải ${code}`,
      );
}

export function judgeWatched({ moments, lessonMoments }: Scene, { resource, name, events }: WatchedCheck): Verdict {
  const watches = momentsOf(lessonMoments, 'api.request').filter(
    (moment) =>
      moment.verb === 'watch' && moment.resource.split('.')[0] === resource && !moment.user.startsWith('system:'),
  );
  if (watches.length === 0) return missing(`you do not watch ${resource} yet`, `bạn chưa theo dõi (watch) ${resource}`);
  const firstMs = Math.min(...watches.map(({ atMs }) => atMs));
  const seen = momentsOf(moments, 'api.watch-event').filter(
    (moment) => moment.resource.split('.')[0] === resource && moment.name === name && moment.atMs >= firstMs,
  );
  const kinds = seen.map(({ change }) => change).join(', ');
  return seen.length >= events
    ? passed(`your watch was sent ${kinds} of ${name}`, `watch của bạn đã nhận ${kinds} của ${name}`)
    : missing(
        `while you watched, ${counted(seen.length, 'event')} of ${name} came, not ${events}`,
        `trong lúc bạn theo dõi mới có ${seen.length} sự kiện của ${name}, chưa đủ ${events}`,
      );
}
