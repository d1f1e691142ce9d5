//go:build unix

package journal

import (
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
