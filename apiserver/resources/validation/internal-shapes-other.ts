/** As internal-shapes.ts, of the other groups and of statuses. */
export const OTHER_SHAPES = `
  PodIP: IP"
  HostIP: IP"
  DeploymentStrategy: Type" RollingUpdate:*RollingUpdate
  DaemonSetUpdateStrategy: Type" RollingUpdate:*RollingUpdate
  RollingUpdate: MaxUnavailable# MaxSurge#
  StatefulSetUpdateStrategy: Type" RollingUpdate:*RollingUpdateStatefulSetStrategy
  RollingUpdateStatefulSetStrategy: Partition# MaxUnavailable?
  PodFailurePolicy: Rules[]PodFailurePolicyRule
  PodFailurePolicyRule: Action" OnExitCodes:*PodFailurePolicyOnExitCodesRequirement
    OnPodConditions[]PodFailurePolicyOnPodConditionsPattern
  PodFailurePolicyOnExitCodesRequirement: ContainerName? Operator" Values?
  PodFailurePolicyOnPodConditionsPattern: Type" Status"
  SuccessPolicy: Rules[]SuccessPolicyRule
  SuccessPolicyRule: SucceededIndexes? SucceededCount?
  UncountedTerminatedPods: Succeeded? Failed?
  RoleRef: APIGroup" Kind" Name"
`;
