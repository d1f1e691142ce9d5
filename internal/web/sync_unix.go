//go:build unix

package web

import (
	"errors"
	"fmt"
	"os"
)

// syncFolder makes a new name in a folder last.
func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("sync a folder: %w", err)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("sync a folder: %w", err)
	}
	return nil
}
