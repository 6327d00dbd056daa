import { describe, expect, it } from 'vitest';
import { requestInfo } from '../../../apiserver/machinery/request-info.ts';

const shown = (method: string, url: string): string => {
  const { resourceRequest, verb, group, version, namespace, resource, name, subresource, path } = requestInfo(
    method,
    url,
  );
  return resourceRequest ? [verb, group, version, resource, namespace, name, subresource].join(' ') : `${verb} ${path}`;
};

describe('request info', () => {
  it.each([
    ['GET', '/api/v1/namespaces/default/pods/web/log', 'get  v1 pods default web log'],
    ['GET', '/api/v1/pods', 'list  v1 pods   '],
    ['GET', '/apis/apps/v1/deployments?watch=true', 'watch apps v1 deployments   '],
    ['GET', '/apis/apps/v1/deployments?watch=0', 'list apps v1 deployments   '],
    ['GET', '/api/v1/watch/namespaces/default/pods/web', 'watch  v1 pods default web '],
    ['POST', '/api/v1/namespaces/default/pods', 'create  v1 pods default  '],
    ['PUT', '/api/v1/namespaces/a/finalize', 'update  v1 namespaces a a finalize'],
    ['DELETE', '/api/v1/namespaces/a', 'delete  v1 namespaces a a '],
    ['DELETE', '/api/v1/namespaces/a/pods', 'deletecollection  v1 pods a  '],
    ['PATCH', '/apis/apps/v1/namespaces/a/deployments/b/scale', 'patch apps v1 deployments a b scale'],
    ['GET', '/api/v1/pods?fieldSelector=metadata.name%3Da', 'list  v1 pods  a '],
    ['OPTIONS', '/api/v1/pods', '  v1 pods   '],
    ['GET', '/api', 'get /api'],
    ['GET', '/apis/apps/v1', 'get /apis/apps/v1'],
    ['GET', '/healthz?verbose', 'get /healthz'],
    ['GET', '/', 'get /'],
    ['GET', '/api/v1/watch', 'get /api/v1/watch'],
    ['GET', '/api/v1/namespaces/a%2Fb/pods', 'get  v1 b a pods '],
    ['GET', '/%zz', 'get /%zz'],
  ])('A1 %s %s', (method, url, expected) => {
    expect(shown(method, url)).toBe(expected);
  });
});
