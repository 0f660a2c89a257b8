import { askEarly } from './api/early-answers.ts';
import { pageOf } from './pages.ts';
import { openedAtMillis } from './state/opened-at.ts';
import './style/tokens.css';
import './style/base.css';

// What the page will ask first, its code, and the frame around it come at once instead of one after the other.
const page = pageOf(location.pathname);
const questions = page?.firstQuestions?.(new URLSearchParams(location.search), location.pathname.split('/').slice(3), openedAtMillis);
for (const question of questions ?? []) askEarly(question);
void page?.load();
void import('./start.tsx');
