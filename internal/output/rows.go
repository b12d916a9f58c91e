package output

// Rows is the result of a command about several layers.
type Rows struct {
	Schema int   `json:"schema"`
	Layers []Row `json:"layers"` // in the order of the configuration
}

// Row is what a command reports of one of them.
type Row struct {
	Name   string `json:"layer"`
	Target string `json:"target"` // "python3.13/x86_64"; "" if none is chosen
	Place  string `json:"place"`  // profile, role and region, as far as they are configured
	Result any    `json:"result"` // null if it failed
	Error  *Error `json:"error"`  // null if it did not
}
