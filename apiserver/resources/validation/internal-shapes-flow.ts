/** As internal-shapes.ts, of flow control. */
export const FLOW_SHAPES = `
  FlowSchemaSpec: PriorityLevelConfiguration:PriorityLevelConfigurationReference MatchingPrecedence#
      DistinguisherMethod:*FlowDistinguisherMethod Rules[]PolicyRulesWithSubjects
  PriorityLevelConfigurationReference: Name"
  FlowDistinguisherMethod: Type"
  PolicyRulesWithSubjects: Subjects[]FlowSubject ResourceRules[]ResourcePolicyRule
      NonResourceRules[]NonResourcePolicyRule
  FlowSubject: Kind" User:*UserSubject Group:*UserSubject ServiceAccount:*ServiceAccountSubject
  UserSubject: Name"
  ServiceAccountSubject: Namespace" Name"
  ResourcePolicyRule: Verbs? APIGroups? Resources? ClusterScope! Namespaces?
  NonResourcePolicyRule: Verbs? NonResourceURLs?
  PriorityLevelConfigurationSpec: Type" Limited:*LimitedPriorityLevelConfiguration
      Exempt:*ExemptPriorityLevelConfiguration
  LimitedPriorityLevelConfiguration: NominalConcurrencyShares# LimitResponse:LimitResponse LendablePercent?
      BorrowingLimitPercent?
  ExemptPriorityLevelConfiguration: NominalConcurrencyShares? LendablePercent?
  LimitResponse: Type" Queuing:*QueuingConfiguration
  QueuingConfiguration: Queues# HandSize# QueueLengthLimit#
`;
