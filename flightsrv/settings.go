package flightsrv

import (
	"github.com/mediaflight/mediaflight/catalog/system"
	"github.com/mediaflight/mediaflight/flightsrv/session"
)

// Settings are the settings that sessions have, for the table mediaflight.settings.
func Settings() []system.Setting {
	settings := make([]system.Setting, len(session.Settings))
	for i, s := range session.Settings {
		settings[i] = system.Setting{Name: s.Name, Default: s.Default, Doc: s.Doc}
	}
	return settings
}
