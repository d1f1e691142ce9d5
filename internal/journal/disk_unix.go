//go:build unix

package journal

import (
	"errors"
	"os"
	"syscall"
)

// freeBytes tells what is left to us on dir's disk.
func freeBytes(dir string) (int64, error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(dir, &st); err != nil {
		return 0, os.NewSyscallError("statfs", err)
	}
	return int64(uint64(st.Bavail) * uint64(st.Bsize)), nil
}

// syncFile puts a file or a folder on the disk.
func syncFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
