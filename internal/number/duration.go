package number

import (
	"strings"
	"time"
)

// Duration formats d as a flag takes it, such as "5m" or "1h30m": like its String method,
// but without units that are 0.
func Duration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
