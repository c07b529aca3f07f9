// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Verbs that attach a device described in words: attach-interface, attach-disk.
#include "mortise-device-xml.h"
#include "mortise-report.h"
#include "mortise-target.h"
#include "mortise-verbs.h"

#include <glib/gstdio.h>

static const VerbOption interface_options[] = {
    TARGET_OPTIONS,
    PERSISTENT_OPTION,
    {"target", 0, OPTION_TEXT, "DEVICE", "name of the device on the host"},
    {"mac", 0, OPTION_TEXT, "ADDRESS", "MAC address of the guest's card"},
    {"model", 0, OPTION_TEXT, "MODEL", "model of the card, such as virtio"},
    {"source-mode", 0, OPTION_TEXT, "MODE", "mode of the type direct: bridge, private, vepa, passthrough"},
    {"inbound", 0, OPTION_TEXT, "LIMIT", "what the guest receives: AVERAGE[,PEAK[,BURST[,FLOOR]]]"},
    {"outbound", 0, OPTION_TEXT, "LIMIT", "what the guest sends, in the same way"},
    {"alias", 0, OPTION_TEXT, "ALIAS", "alias of the device"},
    {"script", 0, OPTION_TEXT, "FILE", "script that connects it"},
    {"print-xml", 0, OPTION_FLAG, NULL, "print the device's XML, and change nothing"},
    {NULL},
};
static const VerbOption disk_options[] = {
    TARGET_OPTIONS,
    PERSISTENT_OPTION,
    {"targetbus", 0, OPTION_TEXT, "BUS", "virtio, sata, ide, ..."},
    {"driver", 0, OPTION_TEXT, "NAME", "name of the driver in it"},
    {"subdriver", 0, OPTION_TEXT, "FORMAT", "format of the image, such as raw or qcow2"},
    {"cache", 0, OPTION_TEXT, "MODE", "how the host caches it"},
    {"io", 0, OPTION_TEXT, "MODE", "how the host reads and writes it"},
    {"iothread", 0, OPTION_TEXT, "NUMBER", "I/O thread that serves it"},
    {"type", 0, OPTION_TEXT, "DEVICE", "disk (the default), cdrom, floppy or lun"},
    {"mode", 0, OPTION_TEXT, "MODE", "readonly or shareable"},
    {"sourcetype", 0, OPTION_TEXT, "TYPE", "file or block, where SOURCE itself does not tell"},
    {"serial", 0, OPTION_TEXT, "SERIAL", "serial number of the disk"},
    {"wwn", 0, OPTION_TEXT, "WWN", "world wide name of the disk"},
    {"alias", 0, OPTION_TEXT, "ALIAS", "alias of the device"},
    {"rawio", 0, OPTION_FLAG, NULL, "the disk needs raw I/O"},
    {"print-xml", 0, OPTION_FLAG, NULL, "print the device's XML, and change nothing"},
    {NULL},
};

/* Which attribute of <source> says what an interface is connected to; NULL of one that has no source. */
typedef struct {
    const char *type;
    const char *source;
} InterfaceType;

static const InterfaceType interface_types[] = {
    {"bridge", "bridge"}, {"network", "network"}, {"direct", "dev"}, {"ethernet", NULL}, {"user", NULL},
};

/* Gives a domain the device, or prints it. Returns the exit code. */
static int
attach(Command *command, const char *xml)
{
    MortiseModifyFlags flags = MORTISE_MODIFY_CURRENT;
    if (!target_read(command, &flags)) {
        return command->status;
    }
    g_autoptr(MortiseDomain) domain = command_find_domain(command, command->arguments[0]);
    if (domain == NULL || !target_add_persistent(command, domain, &flags)) {
        return command->status;
    }
    if (command_flag(command, "print-xml")) {
        return say_xml(command, domain, xml);
    }
    g_autoptr(GError) error = NULL;
    if (!mortise_domain_attach_device(domain, xml, flags, command->cancellable, &error)) {
        return report_error(command, error);
    }
    return say_done(command, domain, "attached", "Device attached successfully");
}

/* AVERAGE[,PEAK[,BURST[,FLOOR]]], of which some may be empty. FALSE: reported, and command->status is set. */
static gboolean
add_limit(Command *command, GString *text, const char *option)
{
    enum { AVERAGE, PEAK, BURST, FLOOR, COUNT };
    const char *limit = command_text(command, option);
    g_auto(GStrv) parts = g_strsplit(limit != NULL ? limit : "", ",", -1);
    const char *values[COUNT] = {NULL};
    gboolean good = g_strv_length(parts) <= COUNT;
    for (guint i = 0; good && parts[i] != NULL; i++) {
        values[i] = *parts[i] != '\0' ? parts[i] : NULL;
        good = values[i] == NULL || g_ascii_string_to_unsigned(values[i], 10, 0, G_MAXUINT64, NULL, NULL);
    }
    if (limit != NULL && (!good || (values[AVERAGE] == NULL && values[FLOOR] == NULL))) {
        command->status = report_misuse(command, NULL, "--%s takes AVERAGE[,PEAK[,BURST[,FLOOR]]], each a whole "
                                        "number, with an average or a floor, not '%s'", option, limit);
        return FALSE;
    }
    device_xml_add(text, option,
                   DEVICE_ATTRIBUTES({"average", values[AVERAGE]}, {"peak", values[PEAK]}, {"burst", values[BURST]},
                                     {"floor", values[FLOOR]}));
    return TRUE;
}

static gboolean
add_bandwidth(Command *command, GString *text)
{
    g_autoptr(GString) limits = g_string_new(NULL);
    if (!add_limit(command, limits, "inbound") || !add_limit(command, limits, "outbound")) {
        return FALSE;
    }
    if (limits->len > 0) {
        g_string_append_printf(text, "  <bandwidth>\n%s  </bandwidth>\n", limits->str);
    }
    return TRUE;
}

/* FALSE: reported, and command->status is set. */
static gboolean
check_interface(Command *command, const InterfaceType *type)
{
    const char *word = command->arguments[1];
    if (type == NULL) {
        command->status = report_misuse(command, "types are bridge, network, direct, ethernet and user; attach-device "
                                        "takes any other as XML", "there is no type '%s'", word);
    } else if (type->source != NULL && command->count == 2) {
        command->status = report_misuse(command, NULL, "SOURCE is missing: what the interface is connected to");
    } else if (type->source == NULL && command->count > 2) {
        command->status = report_misuse(command, NULL, "an interface of the type %s has no SOURCE", word);
    } else if (command_text(command, "source-mode") != NULL && !g_str_equal(word, "direct")) {
        command->status = report_misuse(command, NULL, "--source-mode goes with the type direct only");
    } else {
        return TRUE;
    }
    return FALSE;
}

static int
run_attach_interface(Command *command)
{
    const InterfaceType *type = NULL;
    for (gsize i = 0; i < G_N_ELEMENTS(interface_types); i++) {
        type = g_str_equal(interface_types[i].type, command->arguments[1]) ? &interface_types[i] : type;
    }
    g_autoptr(GString) xml = g_string_new(NULL);
    if (!check_interface(command, type)) {
        return command->status;
    }
    device_xml_open(xml, "interface", DEVICE_ATTRIBUTES({"type", type->type}));
    if (type->source != NULL) {
        device_xml_add(xml, "source",
                       DEVICE_ATTRIBUTES({type->source, command->arguments[2]},
                                         {"mode", command_text(command, "source-mode")}));
    }
    device_xml_add(xml, "target", DEVICE_ATTRIBUTES({"dev", command_text(command, "target")}));
    device_xml_add(xml, "mac", DEVICE_ATTRIBUTES({"address", command_text(command, "mac")}));
    device_xml_add(xml, "script", DEVICE_ATTRIBUTES({"path", command_text(command, "script")}));
    device_xml_add(xml, "model", DEVICE_ATTRIBUTES({"type", command_text(command, "model")}));
    device_xml_add(xml, "alias", DEVICE_ATTRIBUTES({"name", command_text(command, "alias")}));
    if (!add_bandwidth(command, xml)) {
        return command->status;
    }
    device_xml_close(xml, "interface");
    return attach(command, xml->str);
}

/* "block" or "file"; NULL: reported, and command->status is set. */
static const char *
find_source_type(Command *command)
{
    const char *given = command_text(command, "sourcetype");
    GStatBuf status;
    if (given == NULL) {
        return g_stat(command->arguments[1], &status) == 0 && S_ISBLK(status.st_mode) ? "block" : "file";
    }
    if (!g_str_equal(given, "block") && !g_str_equal(given, "file")) {
        command->status = report_misuse(command, "attach-device takes any other as XML", "there is no source type '%s'",
                                        given);
        return NULL;
    }
    return given;
}

static int
run_attach_disk(Command *command)
{
    const char *mode = command_text(command, "mode");
    const char *source = *command->arguments[1] != '\0' ? command->arguments[1] : NULL;
    if (mode != NULL && !g_str_equal(mode, "readonly") && !g_str_equal(mode, "shareable")) {
        return report_misuse(command, NULL, "a mode is readonly or shareable, not '%s'", mode);
    }
    const char *type = find_source_type(command);
    if (type == NULL) {
        return command->status;
    }
    g_autoptr(GString) xml = g_string_new(NULL);
    device_xml_open(xml, "disk",
                    DEVICE_ATTRIBUTES({"type", type}, {"device", command_text(command, "type")},
                                      {"rawio", command_flag(command, "rawio") ? "yes" : NULL}));
    device_xml_add(xml, "driver",
                   DEVICE_ATTRIBUTES({"name", command_text(command, "driver")},
                                     {"type", command_text(command, "subdriver")},
                                     {"iothread", command_text(command, "iothread")},
                                     {"cache", command_text(command, "cache")}, {"io", command_text(command, "io")}));
    device_xml_add(xml, "source", DEVICE_ATTRIBUTES({g_str_equal(type, "block") ? "dev" : "file", source}));
    device_xml_add(xml, "target",
                   DEVICE_ATTRIBUTES({"dev", command->arguments[2]}, {"bus", command_text(command, "targetbus")}));
    if (mode != NULL) {
        g_string_append_printf(xml, "  <%s/>\n", mode);
    }
    device_xml_add_text(xml, "serial", command_text(command, "serial"));
    device_xml_add(xml, "alias", DEVICE_ATTRIBUTES({"name", command_text(command, "alias")}));
    device_xml_add_text(xml, "wwn", command_text(command, "wwn"));
    device_xml_close(xml, "disk");
    return attach(command, xml->str);
}

const Verb verbs_attach[] = {
    {"attach-interface", GROUP_CHANGE, "DOMAIN TYPE [SOURCE]", "give a domain a network interface",
     "TYPE is bridge, network, direct (SOURCE is a device of the host), ethernet or user (both without SOURCE).",
     interface_options, 2, 3, run_attach_interface},
    {"attach-disk", GROUP_CHANGE, "DOMAIN SOURCE TARGET", "give a domain a disk",
     "SOURCE is a file or a block device, TARGET its name such as vdb; an empty SOURCE is a drive without a medium.",
     disk_options, 3, 3, run_attach_disk},
    {NULL},
};
