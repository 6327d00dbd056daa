/** What the terminal says around a lesson, in each language. */
import type { Language } from './lesson.ts';

export interface Phrases {
  readonly starting: string;
  readonly step: (number: number, of: number) => string;
  readonly chooseOption: string;
  readonly typeThis: string;
  readonly answerThis: string;
  readonly nothingToType: string;
  readonly predictedRight: string;
  readonly predictedWrong: string;
  readonly stillMissing: string;
  readonly finished: (title: string) => string;
  readonly notFinished: string;
  readonly noHint: string;
  readonly help: string;
  readonly otherTerminal: (kubeconfig: string) => string;
  readonly puttingBack: string;
}

export const phrases: Readonly<Record<Language, Phrases>> = {
  en: {
    starting: 'Starting a cluster for this lesson: three store members, three nodes …',
    step: (number, of) => `Step ${number} of ${of}`,
    chooseOption: 'Your prediction (a number):',
    typeThis: 'Type (or find your own way):',
    answerThis: 'Answer with: answer …',
    nothingToType: 'Press Enter to go on.',
    predictedRight: 'You predicted that.',
    predictedWrong: 'You predicted something else.',
    stillMissing: 'Still missing:',
    finished: (title) => `Lesson finished: ${title}`,
    notFinished: 'The lesson is not finished.',
    noHint: 'There is no hint for this step; the command above does it.',
    help: 'Enter checks the step. Also: hint, again (shows the step), reset (starts over), quit, and kubectl-lite, sampan, kubectl, etcdctl, cat, ls.',
    otherTerminal: (kubeconfig) => `In another terminal: export KUBECONFIG=${kubeconfig}`,
    puttingBack: 'Putting everything back …',
  },
  vi: {
    starting: 'Đang khởi động một cụm cho bài học: ba thành viên kho, ba node …',
    step: (number, of) => `Bước ${number} trên ${of}`,
    chooseOption: 'Dự đoán của bạn (một con số):',
    typeThis: 'Hãy gõ (hoặc tự tìm cách khác):',
    answerThis: 'Trả lời bằng: answer …',
    nothingToType: 'Nhấn Enter để đi tiếp.',
    predictedRight: 'Bạn đã dự đoán đúng.',
    predictedWrong: 'Bạn đã dự đoán khác.',
    stillMissing: 'Còn thiếu:',
    finished: (title) => `Đã hoàn thành bài học: ${title}`,
    notFinished: 'Bài học chưa hoàn thành.',
    noHint: 'Bước này không có gợi ý; lệnh ở trên là đủ.',
    help: 'Enter để kiểm tra bước này. Ngoài ra: hint (gợi ý), again (xem lại bước), reset (làm lại từ đầu), quit (thoát), cùng kubectl-lite, sampan, kubectl, etcdctl, cat, ls.',
    otherTerminal: (kubeconfig) => `Trong một terminal khác: export KUBECONFIG=${kubeconfig}`,
    puttingBack: 'Đang đưa mọi thứ về như cũ …',
  },
};
