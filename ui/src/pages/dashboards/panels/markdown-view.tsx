import { type ReactNode, useMemo } from 'react';
import { type Block, type Inline, parseMarkdown } from '../model/markdown.ts';
import styles from './panels.module.css';

/** Written text, as elements of React: nothing of it is read as HTML. */
export function MarkdownView({ text }: Readonly<{ text: string }>) {
  const blocks = useMemo(() => parseMarkdown(text), [text]);
  // Blocks of a text have no names of their own; they are drawn anew when it changes.
  return <div className={styles.markdown}>{blocks.map((block, at) => drawBlock(block, `${at} ${block.type}`))}</div>;
}

function drawBlock(block: Block, key: string): ReactNode {
  if (block.type === 'code') return <pre key={key}>{block.text}</pre>;
  if (block.type === 'list') {
    const List = block.ordered ? 'ol' : 'ul';
    return (
      <List key={key}>
        {numbered(block.items).map(([at, item]) => (
          <li key={at}>{drawInlines(item)}</li>
        ))}
      </List>
    );
  }
  if (block.type === 'quote') return <blockquote key={key}>{drawInlines(block.inlines)}</blockquote>;
  if (block.type !== 'heading') return <p key={key}>{drawInlines(block.inlines)}</p>;
  // The page has h1, its panels h2.
  const Heading = block.level === 1 ? 'h3' : block.level === 2 ? 'h4' : 'h5';
  return <Heading key={key}>{drawInlines(block.inlines)}</Heading>;
}

const numbered = <One,>(all: readonly One[]): readonly (readonly [string, One])[] => all.map((one, at) => [String(at), one]);

const drawInlines = (inlines: readonly Inline[]): ReactNode => numbered(inlines).map(([key, inline]) => drawInline(inline, key));

function drawInline(inline: Inline, key: string): ReactNode {
  if (inline.type === 'strong') return <strong key={key}>{inline.text}</strong>;
  if (inline.type === 'emphasis') return <em key={key}>{inline.text}</em>;
  if (inline.type === 'code') return <code key={key}>{inline.text}</code>;
  if (inline.type !== 'link') return <span key={key}>{inline.text}</span>;
  return (
    <a key={key} href={inline.href} rel="noreferrer" {...(/^https?:/i.test(inline.href) && { target: '_blank' })}>
      {inline.text}
    </a>
  );
}
