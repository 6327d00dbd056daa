import { describe, expect, it } from 'vitest';
import { internalForm } from '../../../../apiserver/resources/validation/internal-form.ts';

describe('the form in which messages show objects', () => {
  it('has Go names in Go order, and zeroes for what is absent', () => {
    expect(JSON.stringify(internalForm('PodResourceClaim', { name: 'c' }))).toBe(
      '{"Name":"c","ResourceClaimName":null,"ResourceClaimTemplateName":null}',
    );
    expect(internalForm('ContainerPort', { containerPort: 80, hostIP: '1.2.3.4' })).toEqual({
      Name: '',
      HostPort: 0,
      ContainerPort: 80,
      Protocol: '',
      HostIP: '1.2.3.4',
    });
  });

  it('goes down into lists, pointers and structs', () => {
    const form = internalForm('EnvVar', { name: 'A', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'f' } } });
    expect(form).toMatchObject({
      Value: '',
      ValueFrom: { FieldRef: { APIVersion: 'v1', FieldPath: 'f' }, SecretKeyRef: null },
    });
    expect(internalForm('Container', {})).toMatchObject({ Resources: { Limits: null, Claims: null }, Ports: null });
  });

  it("keeps the host's namespaces inside a pod's security context", () => {
    const { SecurityContext } = internalForm('PodSpec', { hostNetwork: true, securityContext: { runAsUser: 1 } });
    expect(SecurityContext).toMatchObject({ HostNetwork: true, HostPID: false, HostUsers: null, RunAsUser: 1 });
  });

  it('shows the metadata of templates by their names on the wire', () => {
    const metadata = { labels: { a: 'b' }, name: 'n', creationTimestamp: null };
    expect(Object.keys(internalForm('PodTemplateSpec', { metadata }))).toEqual(['name', 'labels', 'Spec']);
  });
});
