/** As internal-shapes.ts, of the other groups. */
export const OTHER_SHAPES = `
  PodIP: IP"
  HostIP: IP"
  RoleRef: APIGroup" Kind" Name"
`;
