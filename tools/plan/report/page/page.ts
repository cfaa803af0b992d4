import './page.css';
import { answerSection, assumptionsSection } from './answer.ts';
import { curvesSection } from './curves.ts';
import { readPlan } from './data.ts';
import { element } from './dom.ts';
import { heatSection } from './heat.ts';
import { themeButton } from './theme.ts';
import { workloadSection } from './workload.ts';

const plan = readPlan();
const curves = curvesSection(plan);
const workload = workloadSection(plan);
document.body.append(
  element(
    'header',
    {},
    element(
      'div',
      {},
      element('h1', {}, 'Capacity plan'),
      element('p', { class: 'soft' }, `${plan.source.name}, made ${plan.made.slice(0, 16).replace('T', ' ')} UTC`),
    ),
    themeButton(),
  ),
  element('main', {}, answerSection(plan), heatSection(plan), curves.root, workload.root, assumptionsSection(plan)),
);
// A chart takes its width from its place, which has one only now.
for (const chart of [...curves.charts, ...workload.charts]) chart.draw();
