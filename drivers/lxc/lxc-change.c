// SPDX-FileCopyrightText: 2026 The Mortise developers
// SPDX-License-Identifier: LGPL-2.1-or-later
// Attaches and detaches, recorded before they begin: who comes after an owner that was killed undoes or finishes them.
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "domain-device-match.h"
#include "helper/lxc-helper.h"
#include "lxc-config.h"
#include "lxc-device.h"

/* How long undoing may take, also where the time of a call is over. */
#define PATIENCE (2 * G_USEC_PER_SEC)

void
lxc_change_clear(LxcChange *change)
{
    g_clear_pointer(&change->guest, lxc_guest_unref);
    if (change->lock >= 0) {
        (void) close(change->lock);
        change->lock = -1;
    }
}

int
lxc_change_open_lock(const LxcGuest *guest)
{
    return openat(guest->directory.fd, HELPER_CHANGE, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
}

gboolean
lxc_change_take_lock(LxcChange *change, DriverFailure **failure)
{
    const int fd = lxc_change_open_lock(change->guest);
    const gboolean taken = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0;
    const int error = errno;

    if (taken) {
        change->lock = fd;
        return TRUE;
    }
    if (fd >= 0) {
        (void) close(fd);
    }
    if (error == EWOULDBLOCK) {
        driver_failure_set(failure, "domain-busy", change->domain->name, "Try again in a moment.",
                           "Another process is just changing a device of %s.", change->domain->name);
    } else {
        driver_failure_set(failure, "file-error", change->guest->directory.path, NULL,
                           "The file " HELPER_CHANGE " in it cannot be opened: %s.", g_strerror(error));
    }
    return FALSE;
}

static xmlNode *
devices_of(const LxcDefinition *definition)
{
    return domain_device_child(xmlDocGetRootElement(definition->base->document), "devices");
}

/* The number of an element among its siblings. */
static gint64
place_of(xmlNode *node)
{
    gint64 place = 0;

    for (xmlNode *at = xmlPreviousElementSibling(node); at != NULL; at = xmlPreviousElementSibling(at)) {
        place++;
    }
    return place;
}

static xmlNode *
node_of(const LxcFound *found)
{
    if (found->interface != NULL) {
        return found->interface->device.node;
    }
    return found->node != NULL ? found->node->device.node : found->filesystem->device.node;
}

static void
forget(GPtrArray *list, const char *entry)
{
    guint place;

    if (g_ptr_array_find_with_equal_func(list, entry, g_str_equal, &place)) {
        (void) g_ptr_array_remove_index(list, place);
    }
}

/* Under the lock. */
static void
forget_link(LxcRecord *record, const LxcInterface *interface)
{
    g_autofree char *names = lxc_network_names(interface);
    g_autofree char *entry = lxc_network_is_made(interface) ? lxc_network_entry(interface) : g_strdup("");

    forget(record->interfaces, names);
    forget(record->links, entry);
}

/* Before it is made: whatever becomes of this process, somebody removes it. Under the lock. */
static void
remember_link(LxcRecord *record, const LxcInterface *interface)
{
    if (lxc_network_is_made(interface)) {
        g_ptr_array_add(record->links, lxc_network_entry(interface));
    }
    g_ptr_array_add(record->interfaces, lxc_network_names(interface));
}

static LxcRecordChange *
make_record(const LxcChange *change, gboolean detaches, const LxcDefinition *definition, const LxcFound *found,
            char *xml, DriverFailure **failure)
{
    LxcRecordChange *made = g_new0(LxcRecordChange, 1);

    *made = (LxcRecordChange){.detaches = detaches, .xml = xml, .place = place_of(node_of(found)),
                              .init = change->init};
    if (found->interface != NULL) {
        made->handed = g_strdup(found->interface->handed_name);
        made->mac = lxc_link_mac(change, found->interface, detaches);
    }
    if (!lxc_reboot_read(change->guest, made->files, failure)) {
        lxc_record_change_free(made);
        return NULL;
    }
    if (detaches) {
        lxc_reboot_without(definition, found, made->files);
    }
    return made;
}

gboolean
lxc_change_begin(LxcChange *change, gboolean detaches, const LxcDefinition *definition, const LxcFound *found,
                 char *xml, DriverFailure **failure)
{
    LxcRecord *record = change->guest->record;
    LxcRecordChange *made = make_record(change, detaches, definition, found, xml, failure);

    if (made == NULL) {
        return FALSE;
    }
    // A note of an earlier one must not be taken for one of this.
    if (ftruncate(change->lock, 0) == 0) {
        DRIVER_LOCK_SCOPE(&change->domain->lock);
        record->change = made;
        if (!detaches && found->interface != NULL) {
            remember_link(record, found->interface);
        }
    } else {
        lxc_record_change_free(made);
    }
    if (record->change != NULL && lxc_domain_keep(change->domain, record)) {
        return TRUE;
    }
    driver_failure_set(failure, "file-error", change->domain->name, NULL, "The running state cannot be written.");
    DRIVER_LOCK_SCOPE(&change->domain->lock);
    g_clear_pointer(&record->change, lxc_record_change_free);
    if (!detaches && found->interface != NULL) {
        forget_link(record, found->interface);
    }
    return FALSE;
}

/* Whether the init is the one that the change is about, and lives. */
static gboolean
is_same_life(const LxcChange *change)
{
    const int init = lxc_domain_open_init(change->domain, change->guest);
    LxcEvents events;
    gboolean lives;

    lxc_events_read(&events, change->guest->directory.fd);
    lives = init >= 0 && events.init == change->init.pid && !process_has_ended(init, 0);
    if (init >= 0) {
        (void) close(init);
    }
    return lives;
}

/* The next life has what this one has. */
static void
write_files(const LxcChange *change, const LxcDefinition *definition, const LxcFound *found, gboolean stays)
{
    DriverFailure *failure = NULL;
    const gboolean good = stays ? lxc_reboot_has(change->guest, HELPER_CONFIG, found) ||
                                      lxc_reboot_add(change, definition, found, 0, &failure)
                                : lxc_reboot_write(change->guest, change->guest->record->change->files, &failure);

    if (!good) {
        lxc_log(change->domain->engine->driver, MORTISE_LOG_WARNING, "%s cannot be rebooted: %s", change->domain->name,
                failure->message);
        driver_failure_free(failure);
    }
}

LxcOutcome
lxc_change_end(const LxcChange *change, const LxcDefinition *definition, const LxcFound *found, gboolean stays,
               DriverFailure **failure)
{
    LxcRecord *record = change->guest->record;
    LxcRecordChange *done = record->change;

    write_files(change, definition, found, stays);
    // Which of the files' states a life has read that begins just now only that life tells.
    if (!is_same_life(change)) {
        return LXC_CHANGE_AGAIN;
    }
    {
        DRIVER_LOCK_SCOPE(&change->domain->lock);
        if (!stays && found->interface != NULL) {
            forget_link(record, found->interface);
        }
        if (stays != done->detaches) {
            g_free(record->xml);
            record->xml = g_steal_pointer(&done->xml);
        }
        record->change = NULL;
        if (change->domain->phase == LXC_ACTIVE || change->domain->phase == LXC_SETTLING) {
            change->domain->engine->driver->host->domain_live_xml(change->domain->host, record->xml);
        }
    }
    lxc_record_change_free(done);
    if (lxc_domain_keep(change->domain, record)) {
        return LXC_CHANGE_DONE;
    }
    driver_failure_set(failure, "file-error", change->domain->name, NULL, "The running state cannot be written.");
    return LXC_CHANGE_FAILED;
}

/* The definition with the device that the record's change is about, and that; NULL: the record is damaged. */
static LxcDefinition *
find_device(const LxcRecord *record, LxcFound *found)
{
    const LxcRecordChange *change = record->change;
    g_autoptr(LxcDefinition) definition
        = lxc_definition_parse_live(change->detaches ? record->xml : change->xml, record->interfaces, NULL);
    g_autoptr(LxcDefinition) other
        = lxc_definition_parse_live(change->detaches ? change->xml : record->xml, record->interfaces, NULL);
    xmlNode *devices = definition != NULL && other != NULL ? devices_of(definition) : NULL;
    xmlNode *node = devices != NULL ? xmlFirstElementChild(devices) : NULL;

    for (gint64 i = 0; node != NULL && i < change->place; i++) {
        node = xmlNextElementSibling(node);
    }
    if (node == NULL || change->place < 0 || domain_findings_count(definition->base->findings) > 0 ||
        !lxc_device_find(definition, node, found, NULL)) {
        return NULL;
    }
    if (found->interface != NULL && change->handed != NULL) {
        g_free(found->interface->handed_name);
        found->interface->handed_name = g_strdup(change->handed);
    }
    return g_steal_pointer(&definition);
}

static gboolean
is_begun_here(const LxcChange *change)
{
    const LxcRecordChange *begun = change->guest->record->change;

    return begun->init.pid == change->init.pid && begun->init.start == change->init.start;
}

/*
 * Whether the device is going to be there. In a life that has begun since then it is, or is not, as that life has read;
 * an attach is undone; a detach of something mounted is one if it was unmounted; one of an interface is finished.
 */
static gboolean
will_stay(const LxcChange *change, const LxcFound *found)
{
    if (!is_begun_here(change)) {
        return lxc_reboot_has(change->guest, HELPER_CONFIG_NOW, found);
    }
    if (!change->guest->record->change->detaches) {
        return FALSE;
    }
    return found->interface != NULL ? geteuid() != 0 : !lxc_mount_is_gone(change);
}

/* A rule that stays wrong does so until the container's next life. */
static void
permit(const LxcChange *change, const LxcDefinition *definition, const LxcNode *node, const char *action)
{
    DriverFailure *failure = NULL;

    if (!lxc_node_permit(change, definition, node, action, &failure)) {
        lxc_log(change->domain->engine->driver, MORTISE_LOG_WARNING, "what %s may use of %s is not set back: %s",
                change->domain->name, node->path, failure->message);
        driver_failure_free(failure);
    }
}

static gboolean
take_away(const LxcChange *change, const LxcDefinition *definition, const LxcFound *found, DriverFailure **failure)
{
    const LxcRecordChange *begun = change->guest->record->change;

    // Of an earlier life it may have come back to the host.
    if (found->interface != NULL) {
        return lxc_link_settle(change, found->interface, begun->mac, failure);
    }
    if (!is_begun_here(change)) {
        return TRUE;
    }
    if (found->node != NULL) {
        permit(change, definition, found->node, HELPER_DENY);
        return lxc_mount_settle(change, found->node->path, TRUE, failure);
    }
    return begun->detaches || lxc_mount_settle(change, found->filesystem->target, FALSE, failure);
}

/* Nobody can tell what it was. */
static LxcOutcome
give_up(const LxcChange *change)
{
    LxcRecord *record = change->guest->record;

    lxc_log(change->domain->engine->driver, MORTISE_LOG_WARNING,
            "what was being changed of %s when its owner ended cannot be undone: its running state is damaged",
            change->domain->name);
    {
        DRIVER_LOCK_SCOPE(&change->domain->lock);
        g_clear_pointer(&record->change, lxc_record_change_free);
    }
    return lxc_domain_keep(change->domain, record) ? LXC_CHANGE_DONE : LXC_CHANGE_FAILED;
}

LxcOutcome
lxc_change_settle(const LxcChange *change, DriverFailure **failure)
{
    LxcChange patient = *change;
    g_autoptr(LxcDefinition) definition = NULL;
    DriverFailure *cause = NULL;
    LxcFound found;
    gboolean stays;

    if (change->guest->record->change == NULL) {
        return LXC_CHANGE_DONE;
    }
    definition = find_device(change->guest->record, &found);
    if (definition == NULL) {
        return give_up(change);
    }
    if (!is_same_life(change)) {
        return LXC_CHANGE_AGAIN;
    }
    patient.deadline = g_get_monotonic_time() + PATIENCE;
    patient.interrupt = -1;
    stays = will_stay(&patient, &found);
    if (is_begun_here(change) && stays && found.node != NULL) {
        permit(&patient, definition, found.node, HELPER_ALLOW);
    }
    if (!stays && !take_away(&patient, definition, &found, &cause)) {
        const gboolean again = !is_same_life(change);

        if (!again && !change->guest->record->change->detaches) {
            driver_failure_propagate(failure, cause);
            return LXC_CHANGE_FAILED;
        }
        driver_failure_free(cause);
        if (again) {
            return LXC_CHANGE_AGAIN;
        }
        // What cannot be taken away is still there.
        stays = TRUE;
    }
    return lxc_change_end(&patient, definition, &found, stays, failure);
}

const char *
lxc_change_foretell(const LxcChange *change)
{
    const LxcRecord *record = change->guest->record;
    g_autoptr(LxcDefinition) definition = NULL;
    LxcFound found;

    definition = find_device(record, &found);
    return definition != NULL && will_stay(change, &found) != record->change->detaches ? record->change->xml
                                                                                         : record->xml;
}
