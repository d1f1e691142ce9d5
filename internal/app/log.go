package app

import (
	"fmt"
	"io"
	"log/slog"
)

// Handler makes the handler of the log that writes to w.
func (s LogSettings) Handler(w io.Writer) (slog.Handler, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(s.Level)); err != nil {
		return nil, fmt.Errorf("log.level: %q is none; give debug, info, warn or error", s.Level)
	}
	opts := &slog.HandlerOptions{Level: level}
	switch s.Form {
	case "text":
		return slog.NewTextHandler(w, opts), nil
	case "json":
		return slog.NewJSONHandler(w, opts), nil
	}
	return nil, fmt.Errorf("log.form: %q is none; give text or json", s.Form)
}
