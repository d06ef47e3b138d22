# Read by enter.sh and wait.sh: nothing of this machine that a function sees can be written to. What can't be mounted so, as it lies under something else, stays.
# `mount --all` leaves / alone, so that it is called /. here.
while read -r _ _ _ _ place options _; do
  case "$place,$options" in
    /tmp,* | /tmp/* | /var/* | /opt,* | /opt/* | /proc,* | /proc/*) ;;
    *,rw*) echo "none /.$place none remount,bind,ro${options#rw} 0 0" ;;
  esac
done < /proc/self/mountinfo > /tmp/still
echo '/proc/sys /proc/sys none ro,bind 0 0' >> /tmp/still
# By these names extensions listen for what they are told. Source: Lambda Developer Guide, "Lambda Telemetry API reference".
{ cat /etc/hosts; echo '127.0.0.1 sandbox.localdomain sandbox'; } > /tmp/hosts
echo '/tmp/hosts /etc/hosts none ro,bind 0 0' >> /tmp/still
mount --all --no-canonicalize --fstab /tmp/still 2> /dev/null || :
rm /tmp/still /tmp/hosts
