/**
 * The form in which kubectl prints what its typed clients hold (`create KIND -o json`): fields in the order of upstream's
 * Go types, and the fields that those types never leave out, even empty.
 */

type Plain = Record<string, unknown>;

const METADATA =
  'name generateName namespace selfLink uid resourceVersion generation creationTimestamp deletionTimestamp deletionGracePeriodSeconds labels annotations ownerReferences finalizers managedFields';
const CONTAINER =
  'name image command args workingDir ports envFrom env resources resizePolicy restartPolicy volumeMounts volumeDevices livenessProbe readinessProbe startupProbe lifecycle terminationMessagePath terminationMessagePolicy imagePullPolicy securityContext stdin stdinOnce tty';
const POD_SPEC =
  'volumes initContainers containers ephemeralContainers restartPolicy terminationGracePeriodSeconds activeDeadlineSeconds dnsPolicy nodeSelector serviceAccountName serviceAccount automountServiceAccountToken nodeName hostNetwork hostPID hostIPC shareProcessNamespace securityContext imagePullSecrets hostname subdomain affinity schedulerName tolerations hostAliases priorityClassName priority dnsConfig readinessGates runtimeClassName enableServiceLinks preemptionPolicy overhead topologySpreadConstraints setHostnameAsFQDN os';

/** Orders by the name of the field that holds the object; `KIND.spec` where kinds differ. */
const ORDERS: Readonly<Record<string, string>> = {
  '': 'kind apiVersion metadata immutable data binaryData stringData type subjects roleRef rules aggregationRule secrets imagePullSecrets automountServiceAccountToken value globalDefault description preemptionPolicy spec status',
  metadata: METADATA,
  containers: CONTAINER,
  initContainers: CONTAINER,
  'Pod.spec': POD_SPEC,
  'template.spec': POD_SPEC,
  template: 'metadata spec',
  jobTemplate: 'metadata spec',
  'Deployment.spec':
    'replicas selector template strategy minReadySeconds revisionHistoryLimit paused progressDeadlineSeconds',
  'Service.spec':
    'ports selector clusterIP clusterIPs type externalIPs sessionAffinity loadBalancerIP loadBalancerSourceRanges externalName externalTrafficPolicy healthCheckNodePort publishNotReadyAddresses sessionAffinityConfig ipFamilies ipFamilyPolicy allocateLoadBalancerNodePorts loadBalancerClass internalTrafficPolicy',
  'Service.ports': 'name protocol appProtocol port targetPort nodePort',
  ports: 'name hostPort containerPort protocol hostIP',
  'Job.spec':
    'parallelism completions activeDeadlineSeconds podFailurePolicy successPolicy backoffLimit selector manualSelector template ttlSecondsAfterFinished completionMode suspend podReplacementPolicy',
  'jobTemplate.spec':
    'parallelism completions activeDeadlineSeconds backoffLimit selector manualSelector template ttlSecondsAfterFinished completionMode suspend podReplacementPolicy',
  'CronJob.spec':
    'schedule timeZone startingDeadlineSeconds concurrencyPolicy suspend jobTemplate successfulJobsHistoryLimit failedJobsHistoryLimit',
  'Ingress.spec': 'ingressClassName defaultBackend tls rules',
  paths: 'path pathType backend',
  service: 'name port',
  rules: 'verbs apiGroups resources resourceNames nonResourceURLs host http',
  subjects: 'kind apiGroup name namespace',
  roleRef: 'apiGroup kind name',
  tls: 'hosts secretName',
  strategy: 'type rollingUpdate',
  rollingUpdate: 'maxUnavailable maxSurge',
  selector: 'matchLabels matchExpressions',
  'PodDisruptionBudget.spec': 'minAvailable selector maxUnavailable unhealthyPodEvictionPolicy',
  'PodDisruptionBudget.status':
    'observedGeneration disruptedPods disruptionsAllowed currentHealthy desiredHealthy expectedPods conditions',
  'HorizontalPodAutoscaler.spec': 'scaleTargetRef minReplicas maxReplicas metrics behavior',
  scaleTargetRef: 'kind name apiVersion',
  metrics: 'type object pods resource containerResource external',
  resource: 'name target',
  target: 'type value averageValue averageUtilization',
  'HorizontalPodAutoscaler.status':
    'observedGeneration lastScaleTime currentReplicas desiredReplicas currentMetrics conditions',
};

/** Fields of these kinds that are written also when they are empty. */
const ALWAYS: Readonly<Record<string, Plain>> = {
  Namespace: { spec: {}, status: {} },
  Pod: { status: {} },
  Deployment: { status: {} },
  Job: { status: {} },
  CronJob: { status: {} },
  Service: { status: { loadBalancer: {} } },
  Ingress: { status: { loadBalancer: {} } },
  ResourceQuota: { status: {} },
  PodDisruptionBudget: {
    status: { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 },
  },
  HorizontalPodAutoscaler: { status: { desiredReplicas: 0, currentMetrics: null } },
};

export function typedForm(object: object): Plain {
  const kind = String((object as Plain).kind ?? '');
  const whole = { ...object, ...missing(object as Plain, ALWAYS[kind] ?? {}) };
  return ordered(whole, kind, '', '') as Plain;
}

function missing(object: Plain, always: Plain): Plain {
  return Object.fromEntries(Object.entries(always).filter(([key]) => object[key] === undefined));
}

function ordered(value: unknown, kind: string, field: string, holder: string): unknown {
  if (Array.isArray(value)) return value.map((each) => ordered(each, kind, field, holder));
  if (typeof value !== 'object' || value === null) return value;
  const whole = { ...(value as Plain), ...emptyFields(value as Plain, field) };
  const top = holder === '' ? `${kind}.${field}` : `${holder}.${field}`;
  const order = (ORDERS[top] ?? ORDERS[`${kind}.${field}`] ?? ORDERS[field] ?? '').split(' ');
  const rank = (key: string): number => {
    const at = order.indexOf(key);
    return at < 0 ? order.length : at;
  };
  // Maps that a user fills have no order of their own.
  const isMap = ['labels', 'annotations', 'matchLabels', 'data', 'hard', 'requests', 'limits', 'selector'].includes(
    field,
  );
  const keys = Object.keys(whole).sort(
    (a, b) => (isMap && field !== 'selector' ? 0 : rank(a) - rank(b)) || (a < b ? -1 : 1),
  );
  return Object.fromEntries(keys.map((key) => [key, ordered(whole[key], kind, key, field)]));
}

function emptyFields(value: Plain, field: string): Plain {
  switch (field) {
    case 'metadata':
      return missing(value, { creationTimestamp: null });
    case 'template':
    case 'jobTemplate':
      return missing(value, { metadata: {} });
    case 'containers':
    case 'initContainers':
      return missing(value, { resources: {} });
    default:
      return {};
  }
}
