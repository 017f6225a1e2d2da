package shell

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"

	"github.com/reeflective/readline"
)

// Interact reads statements and commands from the terminal until its end or \q. Ctrl-C drops the line or cancels the
// running statement.
func (s *Shell) Interact(ctx context.Context) error {
	fmt.Fprintf(s.Out, "Connected to %s. \\? lists commands, \\q leaves; SQL ends with a semicolon.\n", s.Conn.URI)
	words := s.vocabulary(ctx)
	line := readline.NewShell()
	line.Prompt.Primary(func() string { return "mediaflight=> " })
	line.Prompt.Secondary(func() string { return "mediaflight-> " })
	line.Config.Set("menu-complete-display-prefix", true) // Tab goes as far as all choices go together, then shows them
	line.AcceptMultiline = func(text []rune) bool { return complete(string(text)) }
	line.Completer = func(text []rune, cursor int) readline.Completions {
		prefix := wordBefore(text, cursor)
		choices := readline.CompleteValues(words.matching(prefix)...)
		choices.PREFIX = prefix // the library's words end at blanks only
		return choices
	}
	if file, ok := historyFile(); ok {
		line.History.AddFromFile("mediaflight", file)
	}
	for {
		text, err := line.Readline()
		switch {
		case errors.Is(err, readline.ErrInterrupt):
			continue
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		if err := s.answer(ctx, text); errors.Is(err, errQuit) {
			return nil
		}
		if changesNames(text) {
			words = s.vocabulary(ctx)
		}
	}
}

// answer runs what was typed. Errors have been shown; only errQuit matters.
func (s *Shell) answer(ctx context.Context, text string) error {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt)
	defer stop()
	if command, ok := strings.CutPrefix(strings.TrimSpace(text), `\`); ok {
		return s.command(ctx, command)
	}
	return s.RunScript(ctx, text)
}

// complete tells whether text can be run: a command, nothing, or statements that end with a semicolon.
func complete(text string) bool {
	if strings.HasPrefix(strings.TrimSpace(text), `\`) {
		return true
	}
	_, rest := split(text)
	return blank(rest)
}

// changesNames tells whether a statement may have changed what there is to complete.
func changesNames(text string) bool {
	words := strings.Fields(strings.ToUpper(text))
	return len(words) > 0 && (words[0] == "CREATE" || words[0] == "DROP" || words[0] == "ALTER")
}

// historyFile is where lines are kept between sessions.
func historyFile() (string, bool) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", false
	}
	dir = filepath.Join(dir, "mediaflight")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", false
	}
	return filepath.Join(dir, "history"), true
}
