// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// What calls do on their worker: the driver's functions, and the core's own part around them.
#pragma once

#include "session.h"

/* Arguments are those of the call: text, second_text, third_text, flags. Each is a CallBody. */

/* On the connection. */
gboolean body_capabilities(Call *call, GError **error);
gboolean body_host_info(Call *call, GError **error);
gboolean body_check_xml(Call *call, GError **error); /* second_text: XML as it was given */
gboolean body_define(Call *call,
                     GError **error); /* the same, and text: with a UUID; flags: MortiseDefineFlags; out_record */

/* On a domain. */
gboolean body_create(Call *call, GError **error);   /* text: XML; flags: MORTISE_START_... */
gboolean body_start(Call *call, GError **error);    /* flags: MORTISE_START_... */
gboolean body_stop(Call *call, GError **error);     /* flags: MORTISE_STOP_... */
gboolean body_shutdown(Call *call, GError **error); /* flags: MORTISE_SHUTDOWN_... */
gboolean body_reboot(Call *call, GError **error);   /* flags: MORTISE_SHUTDOWN_... */
gboolean body_reset(Call *call, GError **error);
gboolean body_suspend(Call *call, GError **error);
gboolean body_resume(Call *call, GError **error);
gboolean body_undefine(Call *call, GError **error);
gboolean body_set_autostart(Call *call, GError **error);   /* flags: 0 or 1 */
gboolean body_set_title(Call *call, GError **error);       /* text */
gboolean body_set_description(Call *call, GError **error); /* text */
gboolean body_set_metadata(Call *call, GError **error);    /* text: uri; second_text: key; third_text: element */
gboolean body_vcpus(Call *call, GError **error);
gboolean body_set_vcpus(Call *call, GError **error); /* number: how many; flags: MortiseModifyFlags */
/* number: a vCPU or MORTISE_VCPU_EMULATOR; text: host CPUs or NULL; flags: MortiseModifyFlags */
gboolean body_pin(Call *call, GError **error);
gboolean body_pins(Call *call, GError **error);    /* flags: MortiseModifyFlags; out_vcpus, out_settings */
/* text: the device's XML; flags: MortiseModifyFlags. */
gboolean body_attach_device(Call *call, GError **error);
gboolean body_detach_device(Call *call, GError **error);
gboolean body_update_device(Call *call, GError **error);
gboolean body_set_memory(Call *call, GError **error); /* numbers[0]: KiB; flags: MortiseModifyFlags */
gboolean body_tuning(Call *call, GError **error); /* number: MortiseTuningGroup; flags; out_values: of x */
gboolean body_set_tuning(Call *call, GError **error); /* the same; values: a{sx} */
gboolean body_stats(Call *call, GError **error);   /* flags: MORTISE_STATS_... */
gboolean body_namespaces(Call *call, GError **error);
gboolean body_console(Call *call, GError **error); /* text: device; flags: MORTISE_CONSOLE_... */

/* For bodies: an error unless the domain is active. */
gboolean body_require_active(Call *call, GError **error);
/* For bodies: an error unless the domain has a definition. */
gboolean body_require_definition(const DomainSnapshot *snapshot, GError **error);
/* For bodies: puts an edited definition in the place of the domain's own; it must be of the same domain. */
gboolean body_replace_definition(Call *call, const char *text, GError **error);
/* For bodies: what config/1 finds in XML, of MortiseCheck; the driver has that function. NULL with an error. */
GPtrArray *body_find_all(Call *call, const char *xml, GError **error);
/* For bodies: all findings in one error: the first in the message, every one in the details when there are more. */
void body_set_findings_error(GPtrArray *checks, GError **error);
/* For bodies: unsupported, unless `slot` is there. */
gboolean body_require(Call *call, gboolean slot, const char *what, GError **error);
