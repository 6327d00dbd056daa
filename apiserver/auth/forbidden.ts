/** The 403 of a request that its user may not make, in kube-apiserver's words. */
import { forbidden, quoted, type StatusError } from '../machinery/status.ts';
import type { AuthorizationAttributes } from '../machinery/steps.ts';

/** `reason`: what the authorizers said, '' when they had nothing to say. */
export function forbiddenRequest(attributes: AuthorizationAttributes, reason: string): StatusError {
  const what = { group: attributes.group, resource: attributes.resource };
  const message = withoutMarkup(sentence(attributes));
  return forbidden(what, attributes.name, reason === '' ? message : `${message}: ${reason}`);
}

function sentence(attributes: AuthorizationAttributes): string {
  const { user, verb, resource, subresource, group, namespace } = attributes;
  const who = `User ${quoted(user.name)} cannot ${verb}`;
  if (!attributes.resourceRequest) return `${who} path ${quoted(attributes.path)}`;
  const what = quoted(subresource === '' ? resource : `${resource}/${subresource}`);
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace ${quoted(namespace)}`;
  return `${who} resource ${what} in API group ${quoted(group)} ${where}`;
}

/** Names come from the request: nothing that a browser would take for HTML leaves the server. */
function withoutMarkup(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
