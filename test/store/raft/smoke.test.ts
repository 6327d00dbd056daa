import { expect, test } from 'vitest';
import { MemoryLog } from '../../../store/raft/memory-log.ts';
import type { Message } from '../../../store/raft/types.ts';
import { defaultOptions, TestMember } from './test-member.ts';

test('three members elect a leader, replicate and read', () => {
  const confState = { voters: [1n, 2n, 3n], votersOutgoing: [], learners: [], learnersNext: [], autoLeave: false };
  const snapshots = new Map([[1, new Map()]]);
  const members = [1n, 2n, 3n].map(
    (id) => new TestMember(id, MemoryLog.founding(confState), defaultOptions, snapshots),
  );
  const settle = (): void => {
    for (let rounds = 0; rounds < 100; rounds++) {
      const messages: Message[] = [];
      for (const member of members) {
        while (member.node.hasReady()) messages.push(...member.handleReady().messages);
      }
      if (messages.length === 0) return;
      for (const message of messages) members[Number(message.to) - 1]?.node.step(message);
    }
    throw new Error('never settles');
  };
  for (let i = 0; i < 10; i++) members[0]?.node.tick();
  settle();
  expect(members.map((m) => m.node.status().leader)).toEqual([1n, 1n, 1n]);
  expect(members[1]?.node.propose([Buffer.from('a'), Buffer.from('b')])).toBe('accepted');
  settle();
  members[2]?.node.readIndex('r1');
  settle();
  expect(members[2]?.readStates).toEqual([{ context: 'r1', index: 4 }]);
  members[0]?.node.tick();
  settle();
  for (const member of members) {
    expect([...member.applied.values()].map((e) => `${e.index} ${Buffer.from(e.data)}`)).toEqual(['2 ', '3 a', '4 b']);
  }
});

test('one member alone elects itself and commits', () => {
  const confState = { voters: [7n], votersOutgoing: [], learners: [], learnersNext: [], autoLeave: false };
  const member = new TestMember(7n, MemoryLog.founding(confState), defaultOptions, new Map());
  member.node.campaign();
  member.node.readIndex('early');
  while (member.node.hasReady()) member.handleReady();
  member.node.propose([Buffer.from('a')]);
  member.node.readIndex('r');
  while (member.node.hasReady()) member.handleReady();
  expect(member.node.status().role).toBe('leader');
  expect(member.appliedIndex).toBe(3);
  expect(member.readStates).toEqual([{ context: 'r', index: 2 }]);
});
