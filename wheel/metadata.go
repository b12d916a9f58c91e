package wheel

import "strings"

// Requires returns the values of the wheel's Requires-Dist headers, unchanged. They are the
// dependencies of the distribution, as PEP 508 requirements (Core metadata specifications,
// "Requires-Dist").
func (w *Wheel) Requires() ([]string, error) {
	content, err := w.read(w.find("METADATA"))
	if err != nil {
		return nil, openFault(w.name, err)
	}
	return headers(string(content), "Requires-Dist"), nil
}

// Unzipped returns the number of bytes that the wheel's files take up in a layer.
func (w *Wheel) Unzipped() (int64, error) {
	entries, err := w.Entries(nil)
	if err != nil {
		return 0, err
	}
	var n int64
	for _, e := range entries {
		n += e.Size
	}
	return n, nil
}

// Headers returns the values of all headers with the given name in a METADATA file,
// unchanged (Core metadata specifications).
func Headers(metadata []byte, name string) []string { return headers(string(metadata), name) }

// headers returns the values of all headers with the given name in an RFC 822 message. The
// headers end at the first empty line. A line that begins with white space continues the
// previous one.
func headers(message, name string) []string {
	var values []string
	ours := false
	for line := range strings.Lines(message) {
		line = strings.TrimRight(line, "\r\n")
		if strings.TrimSpace(line) == "" {
			break
		}
		if line[0] == ' ' || line[0] == '\t' {
			if ours {
				values[len(values)-1] += " " + strings.TrimSpace(line)
			}
			continue
		}
		key, value, _ := strings.Cut(line, ":")
		if ours = strings.EqualFold(strings.TrimSpace(key), name); ours {
			values = append(values, strings.TrimSpace(value))
		}
	}
	return values
}

// Identity returns the Name and Version headers of the wheel's METADATA, unchanged.
func (w *Wheel) Identity() (name, version string, err error) {
	content, err := w.read(w.find("METADATA"))
	if err != nil {
		return "", "", openFault(w.name, err)
	}
	name, version = identity(content)
	return name, version, nil
}

// identity returns the first Name and the first Version header of a METADATA file.
func identity(metadata []byte) (name, version string) {
	first := func(header string) string {
		if values := headers(string(metadata), header); len(values) > 0 {
			return values[0]
		}
		return ""
	}
	return first("Name"), first("Version")
}
